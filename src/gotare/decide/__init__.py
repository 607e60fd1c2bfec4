"""Decides what containers must be, from facts alone: each choice with its reason."""
