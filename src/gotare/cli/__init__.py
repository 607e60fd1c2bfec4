"""One file per command; `main` finds them, catches and exits."""
