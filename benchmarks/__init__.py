"""What a check costs here, beside what a user would pick instead: `python -m benchmarks`, or `make bench`."""
