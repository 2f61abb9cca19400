"""A take as images that other programs read: `ksync export`."""
