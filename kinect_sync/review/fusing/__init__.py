"""A take and where its cameras are, made into clouds of all devices in one world: `ksync fuse`."""
