"""Runs gotare as a module: `python -m gotare`."""

from gotare.cli.main import main

main()
