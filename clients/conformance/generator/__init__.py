"""What the conformance cases are made from: a naive model, tables written by hand, and seeded chance."""
