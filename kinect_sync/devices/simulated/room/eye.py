"""One device's cameras in one mode: what they see at any time, drawn when it is asked for and kept."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinect_sync.devices.simulated.chance import seed_of
from kinect_sync.devices.simulated.exposures import delays_us
from kinect_sync.devices.simulated.room.album import Album
from kinect_sync.devices.simulated.room.backdrop import Backdrop, draw_backdrop
from kinect_sync.devices.simulated.room.board import Board
from kinect_sync.devices.simulated.room.color_image import add_noise, develop_backdrop, draw_color
from kinect_sync.devices.simulated.room.depth_image import LIGHT_S, DepthCamera, DepthPair
from kinect_sync.devices.simulated.room.description import WorldFields
from kinect_sync.devices.simulated.room.lenses import Lens
from kinect_sync.devices.simulated.room.poses import Matrix, inverse
from kinect_sync.devices.simulated.room.sampling import Shutter, Sighting, see_board
from kinect_sync.devices.simulated.room.scenery import Scenery
from kinect_sync.devices.simulated.room.units import Camera, Unit
from kinect_sync.devices.simulated.room.walk import Walk
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorFormat

_EDITION = 4
"""Another number, and everything is drawn anew: to be raised when images change."""
_BACKDROPS = 4
"""So many images of the empty room, with noise of their own, stand behind depth images by turns."""
_ROOM = {False: "room", True: "room-bumped"}
_FRAME_KINDS: dict[Camera, int] = {"color": 0, "depth": 1}


@dataclass(frozen=True)
class Stage:
    """What there is to be seen, whoever sees it."""

    fields: WorldFields
    scenery: Scenery
    board: Board | None
    walk: Walk | None


@dataclass(frozen=True)
class Shot:
    """One image of one camera: a board that is held still is seen in a few moments, again and again."""

    name: str
    time_s: float
    """Centre of its exposure, from the first pulse on."""
    still: bool
    bumped: bool


@dataclass(frozen=True)
class Eye:
    """The cameras of one device."""

    stage: Stage
    unit: Unit
    settings: DeviceSettings
    albums: tuple[Album, Album]
    """Of color, and of depth and IR."""
    late_us: float = 0.0
    """How much later than it should it exposes."""

    def shot(self, camera: Camera, pulse: int) -> Shot:
        """Return which image a camera takes at a pulse, counted from the first one."""
        after_us = delays_us(self.settings)[_FRAME_KINDS[camera]] + self.late_us
        time_s = pulse / self.settings.fps + after_us * 1e-6
        bumped, walk = self.unit.was_bumped(time_s), self.stage.walk
        held = walk.held_at(time_s) if walk else (0, 0)
        at = "held-{}-{}".format(*held) if held is not None else f"moved-{round(time_s * 1e6)}"
        return Shot(f"{at}-bumped" if bumped else at, time_s, held is not None, bumped)

    def shots(self, pulses: int | None = None) -> Iterator[tuple[Camera, Shot]]:
        """Yield each image that is taken in so many pulses, once; None is the whole walk."""
        kinds: list[Camera] = ["color"] if self.settings.has_color else []
        kinds += ["depth"] if self.settings.has_ir else []
        walk = self.stage.walk
        last = math.ceil(((walk.ends_s if walk else 0.0) + 1) * self.settings.fps)
        seen: set[tuple[Camera, str]] = set()
        for pulse in range(last if pulses is None else min(last, pulses)):
            for camera in kinds:
                shot = self.shot(camera, pulse)
                if (camera, shot.name) not in seen:
                    seen.add((camera, shot.name))
                    yield camera, shot

    def album(self, camera: Camera) -> Album:
        """Return where a camera's images are kept."""
        return self.albums[_FRAME_KINDS[camera]]

    def color(self, shot: Shot) -> bytes:
        """Return a color image: a JPEG, or the picture of a camera that delivers others."""
        return self.albums[0].get(shot.name) or self.albums[0].put(shot.name, self._draw_color(shot))

    def depth(self, shot: Shot) -> bytes:
        """Return the window of the depth and IR images that differs from the empty room, packed."""
        return self.albums[1].get(shot.name) or self.albums[1].put(shot.name, self._draw_depth(shot))

    def picture(self, shot: Shot) -> NDArray[np.uint8]:
        """Return the color picture of a shot as it is before it is compressed, (height, width, 3) RGB."""
        backdrop, developed = self._color_backdrop(shot.bumped)
        sighting = self.sighting("color", shot)
        at = self.stage.walk.world_from_board(shot.time_s) if self.stage.walk else np.eye(4)
        picture = draw_color(backdrop, developed, sighting, at)
        return add_noise(picture, self.stage.fields.cameras.color_noise, self._seed("color", shot.name))

    def pair(self, shot: Shot) -> DepthPair:
        """Return the whole depth and IR images of a shot."""
        behind = self.empty_pairs(shot.bumped)
        return DepthPair.unpacked(self.depth(shot)).before(behind[seed_of(shot.name) % len(behind)])

    def sighting(self, camera: Camera, shot: Shot) -> Sighting | None:
        """Return what a camera sees of the board."""
        board, walk = self.stage.board, self.stage.walk
        if board is None or walk is None:
            return None
        camera_from_world = inverse(self.unit.world_from(camera, shot.time_s))
        shutter = Shutter() if shot.still else self.shutter(camera)

        def pose_at(offset_s: float) -> Matrix:
            at = walk.world_from_board if shot.still else walk.carried
            return camera_from_world @ at(shot.time_s + offset_s)

        return see_board(self.lens(camera), board, pose_at, shutter)

    def lens(self, camera: Camera) -> Lens:
        """Return the true lens of a camera in its mode."""
        return self._color_lens if camera == "color" else self._depth_lens

    def shutter(self, camera: Camera) -> Shutter:
        """Return when the rows of an image are exposed."""
        if camera == "depth":
            return Shutter(LIGHT_S[self.settings.depth_mode])
        cameras, exposure = self.stage.fields.cameras, self.settings.exposure_us
        exposure_us = cameras.auto_exposure_us if exposure == "auto" else exposure
        return Shutter(exposure_us * 1e-6, cameras.color_readout_ms * 1e-3)

    def empty_pairs(self, bumped: bool) -> tuple[DepthPair, ...]:  # noqa: FBT001
        """Return depth and IR images of the empty room, each with its own noise."""
        if bumped not in self._empty:
            backdrop, camera = self.backdrop("depth", bumped), self._depth_camera
            self._empty[bumped] = tuple(
                camera.backdrop_pair(backdrop, self._seed("depth", f"{_ROOM[bumped]}-{at}"))
                for at in range(_BACKDROPS)
            )
        return self._empty[bumped]

    def backdrop(self, camera: Camera, bumped: bool) -> Backdrop:  # noqa: FBT001
        """Return the empty room before a camera."""
        if (camera, bumped) not in self._backdrops:
            album, name = self.albums[_FRAME_KINDS[camera]], _ROOM[bumped]
            kept = album.get(name)
            time_s = self.unit.bumped_at_s if bumped else -1.0
            self._backdrops[camera, bumped] = (
                Backdrop.unpacked(kept)
                if kept
                else draw_backdrop(
                    self.stage.scenery, self.lens(camera), self.unit.world_from(camera, time_s)
                )
            )
            if not kept:
                album.put(name, self._backdrops[camera, bumped].packed())
        return self._backdrops[camera, bumped]

    # --- how it does so -----------------------------------------------------------------------------------

    def _draw_color(self, shot: Shot) -> bytes:
        from PIL import Image

        picture, stream = self.picture(shot), io.BytesIO()
        if self.settings.color_format is ColorFormat.MJPG:
            Image.fromarray(picture).save(stream, "JPEG", quality=self.stage.fields.cameras.jpeg_quality)
        else:
            np.save(stream, picture)
        return stream.getvalue()

    def _draw_depth(self, shot: Shot) -> bytes:
        sighting, board = self.sighting("depth", shot), self.stage.board
        pair = None
        if sighting is not None and board is not None:
            backdrop = self.backdrop("depth", shot.bumped)
            pair = self._depth_camera.board_pair(backdrop, board, sighting, self._seed("depth", shot.name))
        none = np.zeros((0, 0), np.uint16)
        return (pair or DepthPair(none, none)).packed()

    def _color_backdrop(self, bumped: bool) -> tuple[Backdrop, NDArray[np.uint8]]:  # noqa: FBT001
        if bumped not in self._developed:
            backdrop = self.backdrop("color", bumped)
            self._developed[bumped] = backdrop, develop_backdrop(backdrop)
        return self._developed[bumped]

    def _seed(self, camera: Camera, name: str) -> list[int]:
        return [self.stage.fields.seed, seed_of(self.unit.serial), _FRAME_KINDS[camera], seed_of(name)]

    @cached_property
    def _color_lens(self) -> Lens:
        return self.unit.color.color(self.settings.color_resolution)

    @cached_property
    def _depth_lens(self) -> Lens:
        return self.unit.depth.depth(self.settings.depth_mode)

    @cached_property
    def _depth_camera(self) -> DepthCamera:
        mode, cameras = self.settings.depth_mode, self.stage.fields.cameras
        return DepthCamera(self.unit, self.lens("depth"), mode, cameras)

    @cached_property
    def _backdrops(self) -> dict[tuple[Camera, bool], Backdrop]:
        return {}

    @cached_property
    def _developed(self) -> dict[bool, tuple[Backdrop, NDArray[np.uint8]]]:
        return {}

    @cached_property
    def _empty(self) -> dict[bool, tuple[DepthPair, ...]]:
        return {}


def album_name(stage: Stage, unit: Unit, camera: Camera, settings: DeviceSettings) -> str:
    """Return the name of the folder for a camera's images: all that they depend on, in one number."""
    modes: tuple[Any, ...] = (settings.depth_mode,)
    if camera == "color":
        modes = settings.color_resolution, settings.color_format, settings.exposure_us
    stations = [] if stage.walk is None else [each.tolist() for each in stage.walk.stations]
    told = repr((_EDITION, camera, unit, [str(mode) for mode in modes], stations))
    content = f"{told}{stage.fields.model_dump_json()}"
    return f"{unit.serial}-{camera}-{hashlib.sha256(content.encode()).hexdigest()[:24]}"
