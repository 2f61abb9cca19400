"""A take while it is written: what a device gave last, and what was said of it, from growing files."""
