"""Decides what containers must be, from facts alone: pure functions, each choice with its reason."""
