"""Reads YAML so that every value knows its place in the text."""
