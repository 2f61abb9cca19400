"""What director and workers say to each other, and nothing of how either does it."""
