"""What the lenses and poses imply: arithmetic on numbers and arrays, without I/O and without the SDK."""
