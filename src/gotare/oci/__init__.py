"""Images as the OCI specifications define them. Knows nothing of Go."""
