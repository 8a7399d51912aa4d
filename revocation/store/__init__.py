"""The Redis adapter: the only package that speaks Redis."""
