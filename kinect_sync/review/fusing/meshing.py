"""One mesh of all devices for each pulse, where their depths agree on a surface; computed by Open3D.

Each device's depth is first seen through a pinhole, as that is all Open3D knows of lenses. Colors are those
that color cameras see at the corners of the mesh.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import UsageError
from kinect_sync.files import replace_file
from kinect_sync.findings.fusing import OPEN3D_MISSING
from kinect_sync.geometry.depth_edges import Depths
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.point_table import Singles
from kinect_sync.geometry.poses import Numbers
from kinect_sync.geometry.undistortion import Undistortion, circumscribed
from kinect_sync.review.fusing.cloud import Bytes
from kinect_sync.review.fusing.combining import Images
from kinect_sync.review.fusing.device_points import DevicePoints
from kinect_sync.review.fusing.programs.scene import matrix_of

_FARTHEST_M = 8.0
"""No mode measures farther."""
_BAND = 4.0
"""Around a surface, so many sides of a cube tell how far it is."""
_BLOCK = 16
"""Cubes along the side of a block, of which Open3D keeps those that a surface passes."""
_BLOCKS = 20_000
"""To begin with; there are made more where they are needed."""
_RGB = ("red", "green", "blue")


def require_open3d() -> None:
    """Raise UsageError where Open3D is not installed."""
    if find_spec("open3d") is None:
        raise UsageError(OPEN3D_MISSING.found("--mesh needs Open3D, which is not installed"))


def _open3d() -> Any:
    """Return the library; it takes a second to load, and brings a hundred others."""
    return import_module("open3d")


@dataclass(frozen=True)
class Mesh:
    """Triangles between points of the world."""

    xyz_m: Singles
    """Of the corners, shape (3, corners)."""
    rgb: Bytes
    """Shape (3, corners); 0 where no color camera sees them."""
    triangles: NDArray[np.int32]
    """Numbers of their corners, shape (triangles, 3), counter-clockwise as seen from outside."""


class Mesher:
    """Makes meshes of several devices' images."""

    def __init__(self, sources: Mapping[str, DevicePoints], side_m: float) -> None:
        """Make them of cubes of one side; what lenses imply is computed when it is first needed."""
        self._devices = {name: _PinholeDepth(source) for name, source in sources.items()}
        self._side_m = side_m

    def mesh(self, images: Mapping[str, Images]) -> Mesh:
        """Return the mesh of some devices' images; without any triangle where they show no surface."""
        grid = self._grid()
        seen = [self._devices[name].integrate(grid, depth_mm) for name, (depth_mm, _) in images.items()]
        if not any(seen):  # Open3D refuses to work on nothing
            return Mesh(np.empty((3, 0), np.float32), np.empty((3, 0), np.uint8), np.empty((0, 3), np.int32))
        mesh = grid.extract_triangle_mesh(0.0).to_legacy()
        corners = np.asarray(mesh.vertices, np.float32).reshape(-1, 3).T
        triangles = np.asarray(mesh.triangles, np.int32).reshape(-1, 3)
        return Mesh(corners, self._colors(corners, images), triangles)

    def _grid(self) -> Any:
        open3d = _open3d()
        return open3d.t.geometry.VoxelBlockGrid(
            attr_names=("tsdf", "weight"),
            attr_dtypes=(open3d.core.float32, open3d.core.float32),
            attr_channels=((1,), (1,)),
            voxel_size=self._side_m,
            block_resolution=_BLOCK,
            block_count=_BLOCKS,
        )

    def _colors(self, corners: Singles, images: Mapping[str, Images]) -> Bytes:
        """Return the mean of the colors that devices see at points, where their depth confirms it."""
        total, count = np.zeros(corners.shape, np.float32), np.zeros(corners.shape[1], np.float32)
        for name, (depth_mm, color) in images.items():
            source = self._devices[name].source
            sight = source.look(depth_mm, source.depths_m(depth_mm), color)
            if sight is not None:
                seen, rgb = source.lend(corners, sight)
                total[:, seen] += rgb
                count[seen] += 1
        return np.asarray(total / np.maximum(count, 1) + np.float32(0.5), np.uint8)


class _PinholeDepth:
    """One device's depth as a pinhole sees it."""

    def __init__(self, source: DevicePoints) -> None:
        self.source = source

    def integrate(self, grid: Any, depth_mm: Depths) -> bool:
        """Add a depth image to a grid, and tell whether there is anything in it."""
        open3d = _open3d()
        kept_mm = self.source.sift(depth_mm)
        kept = kept_mm.ravel() > 0
        if not kept.any():
            return False
        z_m = self.source.depths_m(kept_mm) * kept
        depth = open3d.t.geometry.Image(open3d.core.Tensor(self._straight.pick(z_m.reshape(depth_mm.shape))))
        camera = open3d.core.Tensor(self._pinhole.camera_matrix), open3d.core.Tensor(self._camera_from_world)
        points_m = np.ascontiguousarray(self.source.table.points(z_m)[:, kept].T)
        surface = open3d.t.geometry.PointCloud(open3d.core.Tensor(points_m))
        blocks = grid.compute_unique_block_coordinates(surface, _BAND)
        grid.integrate(blocks, depth, *camera, 1.0, _FARTHEST_M, _BAND)
        return True

    @cached_property
    def _pinhole(self) -> Lens:
        return circumscribed(self.source.depth_lens)

    @cached_property
    def _straight(self) -> Undistortion:
        return Undistortion.of(self.source.depth_lens, self._pinhole)

    @cached_property
    def _camera_from_world(self) -> Numbers:
        return matrix_of(self.source.placed.world_from_depth.inverse())


# --- the file -----------------------------------------------------------------------------------------------


def write_mesh(path: Path, mesh: Mesh, comments: tuple[str, ...] = ()) -> int:
    """Write a mesh as binary PLY; return its size. OSError where the disk refuses."""
    corners = np.empty(
        mesh.xyz_m.shape[1], [*((name, "<f4") for name in "xyz"), *((name, "u1") for name in _RGB)]
    )
    for name, values in zip(("x", "y", "z", *_RGB), (*mesh.xyz_m, *mesh.rgb), strict=True):
        corners[name] = values
    triangles = np.empty(len(mesh.triangles), [("count", "u1"), ("corners", "<i4", 3)])
    triangles["count"], triangles["corners"] = 3, mesh.triangles
    head = ["ply", "format binary_little_endian 1.0", *(f"comment {each}" for each in comments)]
    head += [f"element vertex {len(corners)}", *(f"property float {name}" for name in "xyz")]
    head += [*(f"property uchar {name}" for name in _RGB), f"element face {len(triangles)}"]
    head += ["property list uchar int vertex_indices", "end_header", ""]
    content = "\n".join(head).encode() + corners.tobytes() + triangles.tobytes()
    return replace_file(path, content)
