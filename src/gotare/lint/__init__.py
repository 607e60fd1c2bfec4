"""Lints what a Go project keeps beside its code to ship containers, and repairs it."""
