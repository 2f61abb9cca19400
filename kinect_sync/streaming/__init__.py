"""Rows of a rig, given to a program while they happen: read from memory, so that no device waits for it."""
