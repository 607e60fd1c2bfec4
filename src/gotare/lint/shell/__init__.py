"""Reads shell commands by a real grammar: words, assignments, what stands around them."""
