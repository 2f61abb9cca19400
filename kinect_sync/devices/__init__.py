"""What is there: the device port, and the adapters that fill it."""
