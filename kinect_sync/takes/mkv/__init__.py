"""Azure Kinect recordings, which are Matroska files: written, read, and repaired."""
