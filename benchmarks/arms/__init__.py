"""What is measured. Each arm gives one sample of its figures at each repetition; the figures' names stand in `benchmarks.figures`."""
