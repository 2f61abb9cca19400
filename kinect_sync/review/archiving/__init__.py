"""A take in fewer bytes that other programs play, and the way back: `ksync archive`, `ksync restore`."""
