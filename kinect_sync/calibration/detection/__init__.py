"""Finds boards in images; the one place that needs OpenCV, which `opencv.require_opencv` sees to."""
