"""Exports made for a test, and their files as numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kinect_sync.review.export.exporting import export_take
from kinect_sync.review.export.request import ExportReport, ExportRequest


def export(take: Path, to: Path, processes: int = 1, **fields: Any) -> ExportReport:
    """Export a take; `fields` are those of the request."""
    request = ExportRequest(take=take, directory=to, **fields)
    return export_take(request, processes=processes, progress=lambda done, total: None)


def gray(path: Path) -> Any:
    """Read an image of 16 bit, shape (height, width)."""
    with Image.open(path) as image:
        return np.asarray(image).astype(np.uint16)


def parse_ply(data: bytes) -> Any:
    """Return the vertices of a binary PLY as a structured array."""
    head, _, body = data.partition(b"end_header\n")
    lines = head.decode().splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    kinds = {"float": "<f4", "uchar": "u1"}
    fields = [(line.split()[2], kinds[line.split()[1]]) for line in lines if line.startswith("property")]
    vertices = np.frombuffer(body, np.dtype(fields))
    assert f"element vertex {len(vertices)}" in lines
    return vertices
