"""Go projects and binaries. Knows nothing of images."""
