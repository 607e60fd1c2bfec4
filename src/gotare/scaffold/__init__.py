"""Turns a plan into a project's files: asks what only a person knows, settles it, and compares."""
