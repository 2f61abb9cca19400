"""From one device's images of one pulse to points in the world, by tables computed once for all pulses."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kinect_sync.geometry.depth_buffer import DepthBuffer, Places
from kinect_sync.geometry.depth_edges import Depths, edge_parts, find_steady
from kinect_sync.geometry.distortion import BLOCK, Flags
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.motion import Motion
from kinect_sync.geometry.normals import find_normals, seen_from
from kinect_sync.geometry.painting import project_fast
from kinect_sync.geometry.point_table import PointTable, SightTable, Singles
from kinect_sync.geometry.view_pyramid import ViewPyramid
from kinect_sync.review.fusing.cloud import Bytes, Points
from kinect_sync.review.fusing.placing import PlacedDevice
from kinect_sync.review.fusing.request import CloudSettings

_NEAREST_M = np.float32(0.01)
"""Nothing is nearer; what is unknown is put there, so that its inverse is a number."""
_TABLES = ("edge_parts", "table")
_COLOR_TABLES = ("_sight", "_pyramid", "_buffer", "_depth_from_world", "_color_from_world")


@dataclass(frozen=True)
class Sight:
    """What a color camera saw of the depth image beside it."""

    color: Bytes
    """Its image, shape (height, width, 3)."""
    places: Places
    """The number of its pixel that is nearest to each pixel of depth."""
    seen: Flags
    """Which pixels of depth it sees: inside of its image, with nothing before them that is 2 % nearer."""
    nearest: Depths
    """The nearest depth in each cell of its image."""


class DevicePoints:
    """Makes points of one device's images."""

    def __init__(self, placed: PlacedDevice, settings: CloudSettings) -> None:
        """Stand for a device that has a depth camera; tables are computed when they are first needed."""
        self.placed = placed
        self.settings = settings

    def under(self, settings: CloudSettings) -> DevicePoints:
        """Return the same device with other settings; tables that were computed are shared."""
        other = copy(self)
        other.settings = settings
        return other

    def prepare(self) -> None:
        """Compute the tables of clouds now, and not with the first images."""
        has_color = self.placed.geometry.color is not None
        for table in (*_TABLES, *(_COLOR_TABLES if has_color else ())):
            getattr(self, table)

    def points(self, depth_mm: Depths, color: Bytes | None) -> tuple[Points, Sight | None]:
        """Return the points of a depth image, (height, width), in the world, and what the color camera saw.

        `color` is the color camera's image, shape (height, width, 3); None where it gave none.
        """
        z_m = self.depths_m(depth_mm)
        xyz_m = self.table.points(z_m)
        kept, normals = self._kept(depth_mm, xyz_m)
        chosen = np.flatnonzero(kept)
        sight = self.look(depth_mm, z_m, color)
        rgb, colored = pick(sight, chosen)
        normals = None if normals is None else normals.take(chosen, axis=1)
        return Points(xyz_m.take(chosen, axis=1), rgb, colored, normals), sight

    def depths_m(self, depth_mm: Depths) -> Singles:
        """Return depths in metres with the device's offset, shape (pixels,); the unknown mean nothing."""
        z_m = depth_mm.ravel() * np.float32(0.001)
        z_m += np.float32(self.placed.depth_offset_m)
        np.maximum(z_m, _NEAREST_M, out=z_m)
        return z_m

    def sift(self, depth_mm: Depths) -> Depths:
        """Return a depth image without what does not become points."""
        xyz_m = self.table.points(self.depths_m(depth_mm))
        kept, _ = self._kept(depth_mm, xyz_m)
        return depth_mm * kept.reshape(depth_mm.shape)

    def look(self, depth_mm: Depths, z_m: Singles, color: Bytes | None) -> Sight | None:
        """Return what the color camera saw of a depth image; None where it gave no image."""
        if color is None or self.placed.geometry.color is None:
            return None
        inverse_m, known = 1 / z_m, depth_mm.ravel() > 0
        places, inside = np.empty(len(z_m), np.int32), np.empty(len(z_m), np.bool_)
        cells = np.empty(len(z_m), np.int64)
        for begin in range(0, len(z_m), BLOCK):
            part = slice(begin, begin + BLOCK)
            x, y = self._sight.pixels(inverse_m[part], part)
            places[part], cells[part], inside[part] = self._buffer.find(x, y, known[part])
        seen, nearest = self._buffer.nearest(cells, depth_mm.ravel())
        return Sight(color, places, seen & inside, nearest)

    def lend(self, xyz_m: Singles, sight: Sight) -> tuple[NDArray[np.int64], Bytes]:
        """Return which points of others, (3, points), have a color here, and their colors, (3, some)."""
        before_m = self._color_from_world.points(xyz_m)
        ahead = np.flatnonzero(self._pyramid.holds(before_m))
        x, y, valid = project_fast(self.color_lens, before_m.take(ahead, axis=1))
        z_m = self._depth_from_world.points(xyz_m.take(ahead, axis=1))[2]
        z_mm = np.where(valid, z_m - np.float32(self.placed.depth_offset_m), 0) * np.float32(1000)
        places, confirmed = self._buffer.confirm(x, y, z_mm, sight.nearest)
        return ahead[confirmed], colors_at(sight.color, places[confirmed])

    # --- what is left out ---------------------------------------------------------------------------------

    def _kept(self, depth_mm: Depths, xyz_m: Singles) -> tuple[Flags, Singles | None]:
        """Tell which pixels become points, shape (pixels,), and the normals of all, where they are needed."""
        settings = self.settings
        steady = find_steady(depth_mm, self.edge_parts)
        kept: Flags = ((depth_mm > 0) if settings.keep_edges else steady).ravel() & self.table.seen
        if settings.crop is not None or settings.floor_mm is not None:
            kept &= self._within(xyz_m)
        if not settings.normals and settings.grazing_deg is None:
            return kept, None
        shape = (3, *depth_mm.shape)
        normals, there = find_normals(xyz_m.reshape(shape), steady)
        normals = normals.reshape(3, -1)
        kept &= there.ravel()
        if settings.grazing_deg is not None:
            cosine = seen_from(normals, xyz_m, self.table.origin_m)
            kept &= cosine > np.cos(np.deg2rad(settings.grazing_deg))
        return kept, normals if settings.normals else None

    def _within(self, xyz_m: Singles) -> Flags:
        crop, floor_mm = self.settings.crop, self.settings.floor_mm
        within = np.ones(xyz_m.shape[1], np.bool_)
        if crop is not None:
            for along, low, high in zip(xyz_m, crop.low_m, crop.high_m, strict=True):
                within &= (along >= low) & (along <= high)
        if floor_mm is not None:
            within &= xyz_m[2] >= floor_mm / 1000
        return within

    # --- tables -------------------------------------------------------------------------------------------

    @property
    def depth_lens(self) -> Lens:
        """The depth camera's lens; ValueError where that is off."""
        if self.placed.geometry.depth is None:
            raise ValueError(f"{self.placed.name} has no depth camera")
        return self.placed.geometry.depth

    @property
    def color_lens(self) -> Lens:
        """The color camera's lens; ValueError where that is off."""
        if self.placed.geometry.color is None:
            raise ValueError(f"{self.placed.name} has no color camera")
        return self.placed.geometry.color

    @cached_property
    def edge_parts(self) -> int:
        """The part of the depth from which on a jump is an edge."""
        return edge_parts(self.depth_lens)

    @cached_property
    def table(self) -> PointTable:
        """From depths to points in the world."""
        return PointTable.of(self.depth_lens, self.placed.world_from_depth)

    @cached_property
    def _sight(self) -> SightTable:
        return SightTable.of(self.depth_lens, self.color_lens, self.placed.color_from_depth)

    @cached_property
    def _pyramid(self) -> ViewPyramid:
        return ViewPyramid.of(self.color_lens)

    @cached_property
    def _buffer(self) -> DepthBuffer:
        return DepthBuffer.of(self.color_lens, self.depth_lens)

    @cached_property
    def _depth_from_world(self) -> Motion:
        return Motion.of(self.placed.world_from_depth.inverse())

    @cached_property
    def _color_from_world(self) -> Motion:
        return Motion.of(self.placed.world_from_color.inverse())


def pick(sight: Sight | None, chosen: NDArray[np.int64]) -> tuple[Bytes, Flags]:
    """Return the colors of chosen pixels of a depth image, shape (3, chosen), and which were seen.

    A color is that of the nearest pixel. What is hidden from the color camera has none: it would get the
    color of what hides it.
    """
    if sight is None:
        return np.zeros((3, len(chosen)), np.uint8), np.zeros(len(chosen), np.bool_)
    colored = sight.seen.take(chosen)
    rgb = colors_at(sight.color, np.where(colored, sight.places.take(chosen), 0))
    rgb[:, np.flatnonzero(~colored)] = 0
    return rgb, colored


def colors_at(image: Bytes, places: Places) -> Bytes:
    """Return the colors of pixels, by their numbers, shape (3, places)."""
    return image.reshape(-1, 3).take(places, axis=0).T
