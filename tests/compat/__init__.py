"""The committed stubs under the versions that applications have: pytest tests/compat. It needs a package index."""
