"""gRPC: servicers that read, ask and write; validation and conversion; errors. The only package that speaks protobuf."""
