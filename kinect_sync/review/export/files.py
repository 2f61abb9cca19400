"""How the files of an export are encoded; depth and IR by `takes/packing/gray_png.py`."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray

_FAST = 1


def encode_color_png(image: NDArray[np.uint8]) -> bytes:
    """Return an image of shape (height, width, 3 or 4), red first, as PNG."""
    from PIL import Image

    stream = BytesIO()
    Image.fromarray(image).save(stream, "PNG", compress_level=_FAST)
    return stream.getvalue()


_XYZ = ("x", "<f4"), ("y", "<f4"), ("z", "<f4")
_RGB = ("red", "u1"), ("green", "u1"), ("blue", "u1")
_PLY_TYPES = {"<f4": "float", "u1": "uchar"}


def encode_ply(
    points_mm: NDArray[np.int16], rgba: NDArray[np.uint8] | None, comments: tuple[str, ...] = ()
) -> bytes:
    """Return points, shape (height, width, 3), as binary PLY in metres, with color where there is some.

    Pixels without depth are left out; points that the color camera does not see are black.
    """
    known = points_mm[..., 2] > 0
    fields = _XYZ if rgba is None else _XYZ + _RGB
    vertices = np.empty(int(known.sum()), np.dtype(list(fields)))
    for axis, (name, _) in enumerate(_XYZ):
        vertices[name] = points_mm[..., axis][known] / np.float32(1000)
    if rgba is not None:
        for channel, (name, _) in enumerate(_RGB):
            vertices[name] = rgba[..., channel][known]
    lines = ["ply", "format binary_little_endian 1.0", *(f"comment {each}" for each in comments)]
    lines.append(f"element vertex {len(vertices)}")
    lines += [f"property {_PLY_TYPES[kind]} {name}" for name, kind in fields]
    return "\n".join([*lines, "end_header", ""]).encode() + vertices.tobytes()
