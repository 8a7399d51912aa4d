"""The use cases: what each call does, in terms of the domain and its ports."""
