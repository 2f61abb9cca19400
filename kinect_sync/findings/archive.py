"""Archives: what makes them, and what years do to them."""

from __future__ import annotations

from kinect_sync.findings.model import refusal

PYAV_MISSING = refusal(
    "pyav-missing",
    "FFV1 needs PyAV, which is not installed.",
    'pip install "kinect-sync[archive]", or choose --codec png',
)
