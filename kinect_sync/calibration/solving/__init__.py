"""From views of a board to where the cameras are: arithmetic on numbers and arrays."""
