"""A recording with its depth and IR packed, and what brings it back byte for byte."""
