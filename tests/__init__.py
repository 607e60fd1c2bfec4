"""The tests mirror `src`; a module here that holds no tests is shared, as `tests.oci.images`."""
