"""What should be: the description of a rig. Nothing here opens a device."""
