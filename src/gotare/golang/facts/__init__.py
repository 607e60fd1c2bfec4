"""Facts about what the programs of a project do at run time, each with its evidence."""
