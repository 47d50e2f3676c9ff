"""What the tools cost, beside their peers: ``python -m benchmarks``."""
