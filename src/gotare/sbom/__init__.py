"""Bills of material: what is in an image, as SPDX or CycloneDX, attached as an OCI referrer."""
