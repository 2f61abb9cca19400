"""A walk with the board, watched while it is recorded: what was seen of the board, and what is missing."""
