"""The service's own ideas, pure: no gRPC, no protobuf, no Redis, no clock, no environment."""
