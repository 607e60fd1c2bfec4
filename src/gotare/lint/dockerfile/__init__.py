"""Reads Dockerfiles without losing a byte, and models their stages."""
