"""What remains: the recording files and the take folder."""
