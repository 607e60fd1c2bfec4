"""Writes a `Plan` down as the files that a production team keeps beside its code."""
