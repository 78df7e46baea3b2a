"""Benchmark data and samples: fetch, read, check and extract."""
