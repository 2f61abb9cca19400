"""Boards on paper: which fits which sheet and reaches how far, and the files that a printer takes."""
