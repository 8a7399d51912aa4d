"""The whole service over real stores and real sockets."""
