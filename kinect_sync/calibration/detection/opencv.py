"""OpenCV, which finds boards and nothing else needs: an extra of the distribution."""

from __future__ import annotations

from functools import cache
from typing import Final

from kinect_sync.errors import UsageError
from kinect_sync.findings.calibration import OPENCV_MISSING, OPENCV_UNUSABLE

OLDEST: Final = (4, 10)
"""Corners of 4.8 and 4.9 scatter by 0.2 pixels on perfect images; before, detectors had other names."""


@cache
def require_opencv() -> None:
    """Load OpenCV; UsageError where it is not there, can't be loaded, or is too old to be exact."""
    try:
        import cv2
    except ModuleNotFoundError as error:
        raise UsageError(OPENCV_MISSING.found("OpenCV is not installed")) from error
    except (
        ImportError,
        AttributeError,
        RuntimeError,
    ) as error:  # as of another NumPy
        raise UsageError(OPENCV_UNUSABLE.found(f"OpenCV can't be loaded: {error}")) from error
    version = str(getattr(cv2, "__version__", "of no version"))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < OLDEST or not hasattr(cv2, "aruco"):
        raise UsageError(OPENCV_UNUSABLE.found(f"OpenCV {version} is installed, and finds no boards exactly"))


def stay_in_one_thread() -> None:
    """Let OpenCV leave the other processors alone, as where images are shared out among processes."""
    require_opencv()
    import cv2

    cv2.setNumThreads(1)
