"""From a Go project to a minimal, reproducible OCI image, without a daemon."""

__version__ = "0.1.0"
