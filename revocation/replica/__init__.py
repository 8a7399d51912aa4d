"""The revocations in force, in memory: read from the store once, then kept up with its log."""
