"""The protocol as a model in plain Python, explored in every interleaving at small scope: README.md says what it covers."""
