"""What the pulse implies: arithmetic on numbers and arrays, without I/O."""
