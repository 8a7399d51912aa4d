"""Stubs of the proto package revocation.v1, written by `make protos`; not to be edited."""
