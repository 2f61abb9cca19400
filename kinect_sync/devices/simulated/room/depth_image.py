"""Depth and IR images: what the depth camera makes of its own light, with its noise and its errors."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.devices.simulated.room.backdrop import Backdrop
from kinect_sync.devices.simulated.room.board import Board
from kinect_sync.devices.simulated.room.description import Cameras
from kinect_sync.devices.simulated.room.lenses import Lens
from kinect_sync.devices.simulated.room.optics import Window, blurred, inner
from kinect_sync.devices.simulated.room.sampling import Sighting
from kinect_sync.devices.simulated.room.units import Unit
from kinect_sync.devices.simulated.scene import RANGE_M
from kinect_sync.rig.modes import DepthMode

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Words = NDArray[np.uint16]

_WHITE = 0.8
"""What paper gives back of infrared light."""
_BRIGHTNESS = 3400.0
"""Of a white surface at 1 m."""
_DARKEST = 12.0
_IR_NOISE, _IR_NOISE_AT = 28.0, 680.0
"""Standard deviation at a brightness; it grows with the root of it. So the contrast of a board at 2 m is 18
times the noise."""
_NEAR_NOISE_M, _FAR_NOISE_M = 0.0012, 0.00031
"""Noise of depth: a constant part, and one that grows with the square of the distance."""
_DARK_NOISE = 0.6
_STEEPEST = 0.12
"""Cosine of the steepest angle at which depth is measured."""
_NARROW_PART, _WIDE_PART = 0.56, 0.5
"""Radius of what is lit, in widths of the image."""
LIGHT_S = {mode: 0.0203 if mode is DepthMode.WFOV_UNBINNED else 0.0128 for mode in DepthMode}
"""From the first laser pulse of a depth image to the last (hardware specification)."""
_LOST_AT_EDGES = 0.35
"""Part of the pixels on an edge that the depth engine gives up; the rest fly."""
_MIXED = 0.02
"""A pixel whose neighbours differ by more than this part of the distance is on an edge."""


@dataclass(frozen=True)
class DepthPair:
    """A depth image in mm and its IR image, or a window of both."""

    depth: Words
    infrared: Words
    window: Window | None = None
    """Where they belong; None is the whole image."""

    def packed(self) -> bytes:
        """Return it as a file."""
        stream = io.BytesIO()
        rows, columns = self.window or (slice(0, 0), slice(0, 0))
        place = np.array([rows.start, rows.stop, columns.start, columns.stop])
        np.savez(stream, depth=self.depth, infrared=self.infrared, place=place)
        return stream.getvalue()

    @classmethod
    def unpacked(cls, content: bytes) -> DepthPair:
        """Return it from a file."""
        with np.load(io.BytesIO(content)) as parts:
            top, bottom, left, right = (int(each) for each in parts["place"])
            window = (slice(top, bottom), slice(left, right)) if bottom else None
            return cls(parts["depth"], parts["infrared"], window)

    def before(self, whole: DepthPair) -> DepthPair:
        """Return the whole images with this window in them."""
        depth, infrared = whole.depth.copy(), whole.infrared.copy()
        if self.window is not None:
            depth[self.window], infrared[self.window] = self.depth, self.infrared
        return DepthPair(depth, infrared)


@dataclass(frozen=True)
class _Seen:
    """What is there to be measured in a part of the image."""

    z: Floats
    lit: Floats
    """How bright it is in the camera's own light."""
    black: Floats
    """Which part of it is black ink."""
    edge: Flags
    """Whether a pixel sees two things at once."""
    slant: Floats

    def within(self, part: Window) -> _Seen:
        return _Seen(self.z[part], self.lit[part], self.black[part], self.edge[part], self.slant[part])


@dataclass(frozen=True)
class DepthCamera:
    """One depth camera, and what it does to what it sees."""

    unit: Unit
    lens: Lens
    mode: DepthMode
    cameras: Cameras

    def backdrop_pair(self, backdrop: Backdrop, seed: list[int]) -> DepthPair:
        """Return the images of the empty room."""
        whole = slice(0, self.lens.height), slice(0, self.lens.width)
        infrared = blurred(self._lit(_room_albedo(backdrop, whole), backdrop.z, whole))
        nothing, edge = np.zeros_like(backdrop.z), _on_edge(backdrop.z)
        return self._measured(_Seen(backdrop.z, infrared, nothing, edge, backdrop.slant), whole, seed)

    def board_pair(
        self, backdrop: Backdrop, board: Board, sighting: Sighting, seed: list[int]
    ) -> DepthPair | None:
        """Return the window of the images that has the board in it; None where something hides it."""
        window = sighting.window
        room_z = backdrop.z[window]
        hidden = (sighting.z > room_z) & (room_z > 0)
        cover, white = (np.where(hidden, np.float32(0), each) for each in (sighting.cover, sighting.white))
        if not cover.any():
            return None
        dark = np.float32(_WHITE * (1 - board.made.ir_contrast))
        albedo = dark * cover + (_WHITE - dark) * white if sighting.front else np.float32(0.45) * cover
        z = np.where(cover > 0, cover * sighting.z + (1 - cover) * room_z, room_z)
        lit = self._lit(_room_albedo(backdrop, window) * (1 - cover), room_z, window)
        lit += self._lit(albedo, sighting.z, window) * (cover > 0)
        black = np.zeros_like(cover)
        if sighting.front:
            black = np.where(cover > 0, 1 - white / np.maximum(cover, 1e-6), black)
        edge = np.where(cover > 0, cover < 1, _on_edge(room_z))
        slant = np.where(cover > 0, np.float32(sighting.slant), backdrop.slant[window])
        dark_m = board.made.dark_bias_mm / 1000
        outer, within = inner(window, backdrop.z.shape)
        seen = _Seen(z + black * cover * dark_m, blurred(lit), black, edge, slant)
        return self._measured(seen.within(within), outer, seed)

    def _lit(self, albedo: Floats, z: Floats, window: Window) -> Floats:
        """Return how bright a surface is in the camera's own light, which falls off beside its axis too."""
        x, y = (np.nan_to_num(rays[window]) for rays in self.lens.rays)
        aside = 1 + x**2 + y**2
        lit: Floats = albedo * np.float32(_BRIGHTNESS) / (np.maximum(z, 0.1) ** 2 * aside**1.5)
        return lit

    def _measured(self, seen: _Seen, window: Window, seed: list[int]) -> DepthPair:
        """Return what is measured of true depth and light."""
        z, lit, chance = seen.z, seen.lit, np.random.default_rng(seed)
        grain, luck = chance.standard_normal((2, *z.shape), np.float32), chance.random(z.shape, np.float32)
        spread = self.cameras.infrared_noise * _IR_NOISE * np.sqrt(np.maximum(lit, 1) / _IR_NOISE_AT)
        rays = np.isfinite(self.lens.rays[0][window])
        infrared = np.where(rays, np.clip(lit + spread * grain[0], _DARKEST, 65535), 0)
        noise = (_NEAR_NOISE_M + _FAR_NOISE_M * z**2) * (1 + _DARK_NOISE * seen.black)
        true = z * (1 + self.unit.depth_slope) + self.unit.depth_bias_m
        measured = true + self.cameras.depth_noise * noise * grain[1]
        near, far = RANGE_M[self.mode]
        valid = rays & (z > near) & (z < far) & (seen.slant > _STEEPEST) & self._within(window)
        valid &= ~(seen.edge & (luck < _LOST_AT_EDGES))
        depth = np.where(valid, np.rint(measured * 1000), 0)
        return DepthPair(depth.astype(np.uint16), infrared.astype(np.uint16), window)

    def _within(self, window: Window) -> Flags:
        """Tell which pixels are within the circle that is lit."""
        lens = self.lens
        radius = (_NARROW_PART if lens.width > lens.height else _WIDE_PART) * lens.width
        rows, columns = (
            np.arange(part.start, part.stop) - (length - 1) / 2
            for part, length in zip(window, (lens.height, lens.width), strict=True)
        )
        lit: Flags = np.hypot(rows[:, None], columns[None, :]) <= radius
        return lit


def _room_albedo(backdrop: Backdrop, window: Window) -> Floats:
    gray: Floats = backdrop.color[window].mean(axis=-1, dtype=np.float32)
    return gray * np.float32(_WHITE / 255)


def _on_edge(z: Floats) -> Flags:
    """Tell which pixels see two things at once: those between neighbours far apart."""
    across, down = np.zeros_like(z), np.zeros_like(z)
    across[:, 1:-1] = np.abs(z[:, 2:] + z[:, :-2] - 2 * z[:, 1:-1])
    down[1:-1] = np.abs(z[2:] + z[:-2] - 2 * z[1:-1])
    edge: Flags = np.maximum(across, down) > _MIXED * z
    return edge
