"""Fuse a take: one cloud of all its devices for each pulse, in the world of a calibration of their rig."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from kinect_sync.calibration.fitting import misfits
from kinect_sync.calibration.rig_calibration import FILE, RigCalibration
from kinect_sync.errors import UsageError
from kinect_sync.files import replace_file
from kinect_sync.findings import Finding
from kinect_sync.findings.fusing import (
    FUSION_NOT_EMPTY,
    FUSION_NOT_WRITTEN,
    FUSION_OF_ANOTHER,
    FUSION_PROCESS_DIED,
    NO_COLOR_RECORDED,
    NOTHING_FUSED,
    NOTHING_TO_FUSE,
    VIEW_UNKNOWN,
)
from kinect_sync.review.chosen import chosen_rows, open_recordings
from kinect_sync.review.claiming import claim_folder, make_folder_in, mark_of
from kinect_sync.review.fusing.index import write_index
from kinect_sync.review.fusing.jobs import CLOUDS, JobMaker
from kinect_sync.review.fusing.meshing import require_open3d
from kinect_sync.review.fusing.placing import PlacedDevice, check_floor, place_recorded, read_calibration_for
from kinect_sync.review.fusing.programs.cwipc import CAMERACONFIG, cameraconfig
from kinect_sync.review.fusing.request import CloudFormat, FuseReport, FuseRequest, JobResult, Program, View
from kinect_sync.review.fusing.viewing import lens_of
from kinect_sync.review.fusing.worker import FuseContext, Fuser
from kinect_sync.review.recorded import context_of
from kinect_sync.review.spreading import Progress, spread
from kinect_sync.rig.modes import Role
from kinect_sync.takes.mkv.places import ImagePlaces
from kinect_sync.takes.opened_take import OpenedTake, open_take
from kinect_sync.verdicts import Verdict

Places = Mapping[str, ImagePlaces]
"""Where the images of devices stand, by name."""

FUSION = "fusion.json"
"""Says of which take and calibration the clouds of a folder are, and how they were made."""
_SPREADING: Final[Any] = {"died": FUSION_PROCESS_DIED, "few": 4, "batch": 1}
"""So few pulses are fused sooner than a process has started and computed its tables; one takes 0.1 s."""


def fuse_take(request: FuseRequest, *, processes: int, progress: Progress) -> FuseReport:
    """Fuse the pulses of a take; what an earlier run has made is kept.

    Raises UsageError where the take, the calibration, the selection or the folder do not allow it, or the
    disk refuses. Files that were made stay, and are whole.
    """
    take = open_take(request.take)
    calibration = read_calibration_for(take, request.calibration)
    places = open_recordings(take, request.devices)
    context = _context(take, places, calibration, request)
    seen = {name: each for name, each in places.items() if each.has("DEPTH")}
    _check(seen, context, request, calibration)
    count = sum(len(rows) for _, rows in chosen_rows(take.index, tuple(seen), request))
    maker, tally = JobMaker(seen, request), _Tally()
    try:
        _prepare(take, calibration, seen, request)
        jobs = maker.jobs(take.index)
        for result in spread(jobs, partial(Fuser, context), processes, **_SPREADING):
            tally.add(result)
            progress(tally.jobs + maker.skipped, count)
        progress(count, count)
        tally.nbytes += _write_cameraconfig(take, context, seen, request)
        tally.written += Program.CWIPC in request.programs
        write_index(maker, take.index, seen, request)
    except OSError as error:
        raise _not_written(request.directory, error) from error
    return FuseReport(
        verdict=Verdict.INCOMPLETE if tally.broken or not count else Verdict.FUSED,
        take=request.take,
        directory=request.directory,
        calibration=request.calibration or take.path / FILE,
        rows=count,
        written=tally.written,
        kept=maker.kept,
        broken=tally.broken,
        nbytes=tally.nbytes,
        points=tally.points,
        devices=tuple(seen),
        findings=(
            *take.remarks(),
            *_doubts(take, calibration, seen),
            *_nothing_chosen(take, count),
            *maker.findings(),
            *tally.findings,
        ),
    )


class _Tally:
    """What the jobs have made so far."""

    def __init__(self) -> None:
        self.jobs = self.written = self.broken = self.nbytes = self.points = 0
        self.findings: list[Finding] = []

    def add(self, result: JobResult) -> None:
        self.jobs += 1
        self.written += result.written
        self.broken += result.broken
        self.nbytes += result.nbytes
        self.points += result.points
        self.findings += result.findings


def _context(
    take: OpenedTake, places: Places, calibration: RigCalibration, request: FuseRequest
) -> FuseContext:
    """Return what workers have to know of the devices chosen."""
    recordings = {name: context_of(name, each) for name, each in places.items()}
    return FuseContext(
        take=take.manifest.name,
        world=calibration.world,
        devices=place_recorded(take, tuple(recordings.values()), calibration),
        recordings=recordings,
        settings=request.settings,
        clouds=request.clouds,
        holes=request.holes,
        directory=request.directory,
        mesh_mm=request.mesh_mm,
    )


# --- what is refused, and what is said ----------------------------------------------------------------------


def _check(seen: Places, context: FuseContext, request: FuseRequest, calibration: RigCalibration) -> None:
    """Refuse what can't come to anything, before anything is written."""
    if not seen:
        raise UsageError(NOTHING_TO_FUSE.found("no device of this selection recorded depth"))
    check_floor(request.settings, calibration)
    if request.programs and not any(each.has("COLOR") for each in seen.values()):
        what = (
            f"no device of this selection recorded color, and {request.programs[0]} is told of color cameras"
        )
        raise UsageError(NO_COLOR_RECORDED.found(what))
    if request.mesh_mm is not None:
        require_open3d()
    troubles = [trouble for view in request.views if (trouble := _trouble_with(view, context.devices))]
    if troubles:
        raise UsageError(*troubles)


def _trouble_with(view: View, devices: Mapping[str, PlacedDevice]) -> Finding | None:
    placed = devices.get(view.device)
    if placed is None:
        what = f"--view {view}: there is no device {view.device}"
        return VIEW_UNKNOWN.found(what, remedy=f"choose among {', '.join(devices)}")
    if lens_of(placed, view) is None:
        return VIEW_UNKNOWN.found(f"--view {view}: that camera was off", device=view.device)
    return None


def _doubts(take: OpenedTake, calibration: RigCalibration, seen: Places) -> tuple[Finding, ...]:
    """Say what of the calibration does not fit the take."""
    settings = [each.settings for each in take.manifest.devices if each.settings.name in seen]
    return misfits(calibration, settings, take.manifest.begin.utc_ns)


def _nothing_chosen(take: OpenedTake, count: int) -> tuple[Finding, ...]:
    if count:
        return ()
    what = f"no pulse was fused: the take has {len(take.index)}, and none that was asked for is complete"
    return (NOTHING_FUSED.found(what),)


# --- the folder -------------------------------------------------------------------------------------------


def _prepare(take: OpenedTake, calibration: RigCalibration, seen: Places, request: FuseRequest) -> None:
    """Claim the folder for this take, calibration and way of fusing, and make the folders in it."""
    claim_folder(
        request.directory,
        FUSION,
        {
            **mark_of(take),
            "calibration": _digest(calibration),
            "devices": list(seen),
            "holes": request.holes,
            "settings": request.settings.model_dump(mode="json"),
        },
        not_empty=FUSION_NOT_EMPTY,
        other=FUSION_OF_ANOTHER,
        word="clouds",
    )
    for folder in _folders(seen, request):
        make_folder_in(request.directory, folder)


def _folders(seen: Places, request: FuseRequest) -> Iterator[Path]:
    if request.clouds is not CloudFormat.NONE:
        yield Path(CLOUDS)
    maker = JobMaker(seen, request)
    mesh = maker.mesh_path(0)
    if mesh is not None:
        yield mesh.parent
    for view in request.views:
        for name in seen:
            yield from (path.parent for path in maker.view_paths(view, name, 0) if path is not None)


def _digest(calibration: RigCalibration) -> str:
    """Return what tells where a calibration puts cameras from where any other puts them."""
    return hashlib.sha256(calibration.model_dump_json(include={"world", "devices"}).encode()).hexdigest()


def _not_written(directory: Path, error: OSError) -> UsageError:
    place = error.filename or directory
    what = f"the clouds could not be written: {place}: {error.strerror or error}"
    return UsageError(FUSION_NOT_WRITTEN.found(what))


# --- for cwipc ------------------------------------------------------------------------------------------


def _write_cameraconfig(take: OpenedTake, context: FuseContext, seen: Places, request: FuseRequest) -> int:
    """Write what cwipc plays the take with, if that is asked for; return its size."""
    if Program.CWIPC not in request.programs:
        return 0
    folder = Path(str(Program.CWIPC))
    make_folder_in(request.directory, folder)
    played = {name: context.devices[name] for name, places in seen.items() if places.has("COLOR")}
    masters = [each.settings.serial for each in take.manifest.devices if each.settings.role is Role.MASTER]
    recordings = {name: context.recordings[name].path for name in played}
    master = next(iter(masters), None)
    config = cameraconfig(played, recordings, context.world, request.directory / folder, master)
    return replace_file(request.directory / folder / CAMERACONFIG, config)
