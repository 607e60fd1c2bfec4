"""What linting needs of the rest of gotare: facts, files written anew, fixes written."""
