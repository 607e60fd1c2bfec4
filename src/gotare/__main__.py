"""Runs gotare as a module: `python -m gotare`."""

from __future__ import annotations

from gotare.cli.main import main

if __name__ == "__main__":
    main()
