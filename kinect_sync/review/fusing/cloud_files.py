"""How clouds are written: PLY, PCD and NPZ, each as little-endian bytes that are made in one go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from kinect_sync.files import draft_of
from kinect_sync.review.fusing.cloud import Cloud, Points
from kinect_sync.review.fusing.request import CloudFormat

_XYZ = ("x", "y", "z")
_NORMAL = ("nx", "ny", "nz")
_RGB = ("red", "green", "blue")
Vertices = NDArray[np.void]


def write_cloud(path: Path, cloud: Cloud, kind: CloudFormat, comments: tuple[str, ...] = ()) -> int:
    """Write a cloud as one whole file; return its size. OSError where the disk refuses."""
    with draft_of(path) as draft:
        _WRITERS[kind](draft, cloud, comments)
        return draft.stat().st_size


def _write_ply(path: Path, cloud: Cloud, comments: tuple[str, ...]) -> None:
    fields = [*_singles(cloud), *((name, "u1") for name in _RGB)]
    words = {"<f4": "float", "u1": "uchar"}
    head = ["ply", "format binary_little_endian 1.0", *(f"comment {each}" for each in comments)]
    head.append(f"element vertex {len(cloud)}")
    head += [f"property {words[kind]} {name}" for name, kind in fields]
    with path.open("wb") as stream:
        stream.write("\n".join([*head, "end_header", ""]).encode())
        for part in cloud.parts:
            vertices = _placed(part, fields)
            for name, values in zip(_RGB, part.rgb, strict=True):
                vertices[name] = values
            _write(stream, vertices)


def _write_pcd(path: Path, cloud: Cloud, comments: tuple[str, ...]) -> None:
    """The three colors are one number of 32 bit, 0x00RRGGBB, whose bytes are called a float."""
    fields = [*_singles(cloud), ("rgb", "<u4")]
    names = {"nx": "normal_x", "ny": "normal_y", "nz": "normal_z"}
    columns = len(fields)
    head = [
        *(f"# {each}" for each in comments),
        "VERSION 0.7",
        f"FIELDS {' '.join(names.get(name, name) for name, _ in fields)}",
        f"SIZE {' '.join(['4'] * columns)}",
        f"TYPE {' '.join(['F'] * columns)}",
        f"COUNT {' '.join(['1'] * columns)}",
        f"WIDTH {len(cloud)}",
        "HEIGHT 1",
        "VIEWPOINT 0 0 0 1 0 0 0",
        f"POINTS {len(cloud)}",
        "DATA binary",
        "",
    ]
    with path.open("wb") as stream:
        stream.write("\n".join(head).encode())
        for part in cloud.parts:
            vertices = _placed(part, fields)
            red, green, blue = part.rgb.astype(np.uint32)
            vertices["rgb"] = (red << 16) | (green << 8) | blue
            _write(stream, vertices)


def _write_npz(path: Path, cloud: Cloud, comments: tuple[str, ...]) -> None:
    arrays: dict[str, Any] = {
        "points": _rows(cloud, lambda part: part.xyz_m),
        "colors": _rows(cloud, lambda part: part.rgb),
        "colored": np.concatenate([part.colored for part in cloud.parts]),
        "device": np.repeat(np.arange(len(cloud.parts), dtype=np.uint8), [len(part) for part in cloud.parts]),
        "devices": np.array(cloud.devices),
        "comments": np.array(comments),
    }
    if _has_normals(cloud):
        arrays["normals"] = _rows(cloud, lambda part: part.normals)
    with path.open("wb") as stream:
        np.savez(stream, **arrays)


_WRITERS: dict[CloudFormat, Callable[[Path, Cloud, tuple[str, ...]], None]] = {
    CloudFormat.PLY: _write_ply,
    CloudFormat.PCD: _write_pcd,
    CloudFormat.NPZ: _write_npz,
}


def _has_normals(cloud: Cloud) -> bool:
    return all(part.normals is not None for part in cloud.parts)


def _singles(cloud: Cloud) -> list[tuple[str, str]]:
    return [(name, "<f4") for name in (*_XYZ, *(_NORMAL if _has_normals(cloud) else ()))]


def _placed(part: Points, fields: list[tuple[str, str]]) -> Vertices:
    """Return the vertices of one device, which stay near the processor, with all but their colors."""
    vertices = np.empty(len(part), np.dtype(fields))
    for name, values in zip(_XYZ, part.xyz_m, strict=True):
        vertices[name] = values
    if part.normals is not None:
        for name, values in zip(_NORMAL, part.normals, strict=True):
            vertices[name] = values
    return vertices


def _rows(cloud: Cloud, of: Callable[[Points], NDArray[Any] | None]) -> NDArray[Any]:
    """Return an array of all parts, a row for each point."""
    columns = np.concatenate([each for each in map(of, cloud.parts) if each is not None], axis=1)
    return np.ascontiguousarray(columns.T)


def _write(stream: BinaryIO, vertices: Vertices) -> None:
    stream.write(vertices.view(np.uint8).data)
