"""What the benchmark of calibration compares with: SciPy, and the way of Microsoft's example."""
