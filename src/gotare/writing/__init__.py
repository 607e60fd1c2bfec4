"""Writes generated files into a project without losing what stands there."""
