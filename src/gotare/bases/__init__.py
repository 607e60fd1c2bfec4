"""What lies under the binary: nothing, a base composed here, or an image from elsewhere."""
