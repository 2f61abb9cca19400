"""A walk with the board as the places of a rig's cameras: `ksync calibrate`."""
