"""Reads Go files into plain values: what is declared, called and assigned, with lines."""
