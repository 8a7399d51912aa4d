"""Calls by a real grpcurl against the service as a process of its own: pytest tests/grpcurl."""
