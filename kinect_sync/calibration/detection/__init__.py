"""From an image to the corners of a board in it; the one place that needs OpenCV."""
