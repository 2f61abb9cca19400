"""What a rig or a take looks like, from files: pictures, numbers and signs for a page."""
