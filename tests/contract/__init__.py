"""The contract of the ports, sentence by sentence, over every kind of store, and the use cases that rest on it."""
