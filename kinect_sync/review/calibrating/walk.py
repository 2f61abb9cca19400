"""A walk with the board: from a take to what each camera saw of it, and when.

First one camera of each device looks at some six pulses a second, or at three where it sees no board; then,
at the pulses that are chosen to solve on, IR too, and depth is measured: nowhere else, as depth of a whole
walk would fill the memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.solving.choosing import NEAREST_PULSES, choose_pulses, first_still
from kinect_sync.calibration.views import BoardView, Camera, DepthPatch
from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.calibration import CALIBRATION_PROCESS_DIED, IMAGES_BROKEN
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.review.calibrating.looking import Look, Looker, Seen
from kinect_sync.review.calibrating.pulses import exposed_us, image_sizes, pulses_apart
from kinect_sync.review.calibrating.request import MOST_POSES, CalibrationRequest
from kinect_sync.review.chosen import IndexedCapture, LackingImages, open_recordings
from kinect_sync.review.recorded import DeviceContext, context_of
from kinect_sync.review.spreading import spread
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.takes.geometry import read_geometry
from kinect_sync.takes.mkv.places import ImagePlaces
from kinect_sync.takes.opened_take import OpenedTake

_MIRRORED = 60
"""So many captures are looked at as in a mirror, where nobody saw the board."""
_FEW = 8
"""So many captures are looked at sooner than a process has started."""

Progress = Callable[[int, int], None]
"""Called with the captures done and the captures there are, as far as that is known."""


@dataclass
class Walk:
    """What was seen of the board in a take."""

    geometries: dict[str, DeviceGeometry]
    """Each device's lenses, in the rig's order."""
    pulses: int
    """How many pulses were looked at."""
    views: list[BoardView] = field(default_factory=list)
    """At the pulses that were chosen to solve on."""
    patches: list[DepthPatch] = field(default_factory=list)
    looked: list[BoardView] = field(default_factory=list)
    """At all pulses that were looked at, by one camera of each device."""
    findings: list[Finding] = field(default_factory=list)
    mirrored: bool = False
    """Whether nobody saw the board, but for its mirror image."""


def follow_walk(
    take: OpenedTake, board: Board, request: CalibrationRequest, processes: int, progress: Progress
) -> Walk:
    """Look for a board in a take.

    Raises UsageError where recordings are not there or can't be read, as `open_recordings` does, where they
    carry no calibration, or without a usable OpenCV.
    """
    from kinect_sync.calibration.detection.opencv import require_opencv

    require_opencv()
    devices = _Devices.open(take)
    rows = list(_rows(take, request))
    walk = Walk(devices.geometries, len(rows))
    look = _Looks(devices, board, processes, progress, walk)
    lacking = LackingImages()
    firsts = [list(devices.first_looks(row, lacking)) for row in rows]
    walk.looked += look.around_the_board(firsts)
    if not walk.looked:
        walk.mirrored = bool(look.at(_in_a_mirror([each for row in firsts for each in row])))
    chosen = set(choose_pulses(walk.looked, image_sizes(devices.geometries), MOST_POSES))
    laid_down = first_still(walk.looked) if request.world == "board" else None
    if laid_down is not None:
        chosen.add(laid_down)
    of_color = [view for view in walk.looked if view.camera is Camera.COLOR]
    walk.views += [view for view in of_color if view.pulse in chosen]
    seconds = [each for row in rows if row.pulse in chosen for each in devices.second_looks(row)]
    walk.views += look.at(seconds)
    walk.findings += [*look.troubles(), *lacking.findings()]
    return walk


def _in_a_mirror(looks: Sequence[Look]) -> list[Look]:
    """Return some of the looks, spread over the walk, at mirrored images."""
    step = max(1, len(looks) // _MIRRORED)
    return [look.model_copy(update={"mirrored": True}) for look in looks[::step]]


# --- the take ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
    """What the devices captured of one pulse."""

    pulse: int
    captures: Mapping[str, IndexedCapture]


def _rows(take: OpenedTake, request: CalibrationRequest) -> Iterator[_Row]:
    """Yield the pulses to look at; a device that has a hole there is not looked at.

    Where they are far apart the next pulse is looked at too, or nothing would tell a board that is carried.
    """
    fps = take.manifest.devices[0].settings.fps
    every = request.every or pulses_apart(fps)
    names = take.manifest.names
    for part in take.index.stretches(request.start, request.stop):
        looked = part.chosen(request.start, request.stop, every)
        if every > NEAREST_PULSES:
            looked |= part.chosen(request.start + 1, request.stop, every)
        for row in np.flatnonzero(looked).tolist():
            whole = {
                name: IndexedCapture.of(part, name, row) for name in names if part.devices[name].whole[row]
            }
            if whole:
                yield _Row(int(part.pulses[row]), whole)


@dataclass(frozen=True)
class _Devices:
    """The devices of a take, and where their images are."""

    settings: Mapping[str, DeviceSettings]
    places: Mapping[str, ImagePlaces]
    contexts: Mapping[str, DeviceContext]
    geometries: dict[str, DeviceGeometry]

    @classmethod
    def open(cls, take: OpenedTake) -> _Devices:
        """Open all recordings; all that can't be used are told at once."""
        places = open_recordings(take, None)
        contexts = {name: context_of(name, each) for name, each in places.items()}
        geometries: dict[str, DeviceGeometry] = {}
        troubles: list[Finding] = []
        for name, context in contexts.items():
            try:
                geometries[name] = read_geometry(
                    context.path, name, context.depth_mode, context.color_resolution
                )
            except KsyncError as error:
                troubles += error.findings
        if troubles:
            raise UsageError(*troubles)
        settings = {each.settings.name: each.settings for each in take.manifest.devices}
        return cls(settings, places, contexts, geometries)

    def first_looks(self, row: _Row, lacking: LackingImages) -> Iterator[Look]:
        """Yield a look at color of each device, or at IR where color is off; note what files lack."""
        for name, capture in row.captures.items():
            images = capture.images(name, self.places[name])
            lacking.note(name, capture, images)
            if images["COLOR"] is not None:
                yield Look(device=name, pulse=row.pulse, color=images["COLOR"])
            elif images["IR"] is not None:
                yield Look(device=name, pulse=row.pulse, ir=images["IR"])

    def second_looks(self, row: _Row) -> Iterator[Look]:
        """Yield a look at IR and depth of each device."""
        for name, capture in row.captures.items():
            images = capture.images(name, self.places[name])
            if images["IR"] is not None:
                yield Look(device=name, pulse=row.pulse, ir=images["IR"], depth=images["DEPTH"])

    def exposed_us(self, device: str, camera: Camera, pulse: int) -> float:
        """Return when the middle of an exposure was, from pulse 0 on."""
        return exposed_us(self.settings[device], camera, pulse)


# --- looking ----------------------------------------------------------------------------------------------


class _Looks:
    """Spreads looks over the cores, and keeps count of them."""

    def __init__(
        self, devices: _Devices, board: Board, processes: int, progress: Progress, walk: Walk
    ) -> None:
        self._devices = devices
        self._processes = processes
        self._progress = progress
        self._walk = walk
        self._make = partial(Looker, dict(devices.contexts), devices.geometries, board)
        self._done = self._all = 0
        self._broken: dict[str, set[tuple[int, str]]] = defaultdict(set)

    def at(self, looks: Sequence[Look]) -> list[BoardView]:
        """Look, and return the views; patches of depth go to the walk."""
        self._all += len(looks)
        found: list[BoardView] = []
        for seen in spread(
            looks, self._make, self._processes, died=CALIBRATION_PROCESS_DIED, few=_FEW, batch=4
        ):
            self._take(seen, found)
        return self._sorted(found)

    def around_the_board(self, rows: Sequence[Sequence[Look]]) -> list[BoardView]:
        """Look at every second row, and at those between where the same device saw the board next to them.

        In a ring of nine half of the devices see no board at a time, and to find none takes as long.
        """
        found = self.at([each for row in rows[::2] for each in row])
        saw: dict[int, set[str]] = defaultdict(set)
        for view in found:
            saw[view.pulse].add(view.device)
        between: list[Look] = []
        for number in range(1, len(rows), 2):
            nearby = {each.pulse for row in rows[number - 1 : number + 2 : 2] for each in row}
            devices = set().union(*(saw[pulse] for pulse in nearby))
            between += [each for each in rows[number] if each.device in devices]
        return self._sorted([*found, *self.at(between)])

    def _sorted(self, found: Sequence[BoardView]) -> list[BoardView]:
        return sorted(found, key=lambda view: (view.pulse, self._order(view)))

    def _order(self, view: BoardView) -> tuple[int, str]:
        return list(self._devices.geometries).index(view.device), view.camera.value

    def _take(self, seen: Seen, found: list[BoardView]) -> None:
        self._done += 1
        self._progress(self._done, self._all)
        if seen.broken is not None:
            self._broken[seen.device].add((seen.pulse, seen.broken))
        for camera, (ids, pixels) in seen.corners.items():
            time_us = self._devices.exposed_us(seen.device, camera, seen.pulse)
            found.append(BoardView(seen.device, camera, seen.pulse, time_us, ids, pixels))
        if seen.depth is not None:
            time_us = self._devices.exposed_us(seen.device, Camera.DEPTH, seen.pulse)
            self._walk.patches.append(DepthPatch(seen.device, seen.pulse, time_us, *seen.depth))

    def troubles(self) -> Iterator[Finding]:
        """Tell of images that could not be decoded, once for each device."""
        for device, those in self._broken.items():
            pulse, why = min(those)
            what = f"{len(those)} of its images could not be looked at, the first at pulse {pulse}: {why}"
            yield IMAGES_BROKEN.found(what, device=device)
