"""Tests of the service, against real store servers and over real sockets."""
