"""Looking at takes from a program: whether recordings line up, and their images as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from kinect_sync.library.take import Take, path_of
from kinect_sync.review.export.exporting import export_take
from kinect_sync.review.export.mcap.exporting import export_mcap as export_mcap_file
from kinect_sync.review.export.mcap.request import MCAP_PARTS, McapRequest
from kinect_sync.review.export.request import DEFAULT_PARTS, ExportReport, ExportRequest, Part
from kinect_sync.review.fusing.fusing import fuse_take
from kinect_sync.review.fusing.request import (
    CloudFormat,
    CloudSettings,
    FuseReport,
    FuseRequest,
    Program,
    View,
)
from kinect_sync.review.inspection import rebuilding
from kinect_sync.review.inspection.examining import examine
from kinect_sync.review.inspection.model import Inspection


def inspect(
    path: Path | str,
    *more: Path | str,
    align_by_host: bool = False,
    max_drop_percent: float = 1.0,
    rebuild: bool = False,
) -> Inspection:
    """Inspect a take, or the MKV files of any recorder, as `ksync inspect` does; no image is decoded.

    `align_by_host` ties clocks that nothing else relates by arrival at the host, roughly. A device may lack
    `max_drop_percent` of its captures for the set to count as complete. `rebuild` writes the alignment.csv
    and take.json that a folder lacks, so that `open_take` opens it.

    Raises UsageError where there is nothing that can be read, or the files can't be written.
    """
    paths = [Path(each) for each in (path, *more)]
    examination = examine(paths, by_host=align_by_host, max_drop_percent=max_drop_percent)
    if not rebuild:
        return examination.inspection
    written = rebuilding.rebuild(examination)
    inspection = rebuilding.without_index_missing(examination.inspection)
    return inspection.model_copy(update={"findings": (*inspection.findings, *written)})


def export(
    take: Take | Path | str,
    directory: Path | str,
    *,
    what: Sequence[Part | str] = DEFAULT_PARTS,
    devices: Sequence[str] | None = None,
    start: int = 0,
    stop: int | None = None,
    every: int = 1,
    holes: bool = False,
    color_as_png: bool = False,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> ExportReport:
    """Export the images of a take into a folder as `ksync export` does; what is there already is kept.

    `what` names parts: `color`, `depth`, `ir`, `depth-aligned`, `color-aligned`, `points`, `calibration`.
    Pulses from `start` to before `stop`, of them each so many-th; those of which a device lacks a capture
    only with `holes`. `progress` is called with the captures done and the captures there are.

    More than one of `processes` is faster. Each begins by importing the program's main module again, which
    then must do its work under `if __name__ == "__main__":`.

    Raises UsageError where the take, the selection or the folder do not allow it, BenchError where the SDK
    is needed and can't be used. Files that were made stay, and are whole.
    """
    request = ExportRequest(
        take=path_of(take),
        directory=Path(directory),
        parts=tuple(map(Part, what)),
        devices=None if devices is None else tuple(devices),
        start=start,
        stop=stop,
        every=every,
        holes=holes,
        color_as_png=color_as_png,
    )
    return export_take(request, processes=processes, progress=progress or untold)


def export_mcap(
    take: Take | Path | str,
    file: Path | str,
    *,
    what: Sequence[Part | str] = MCAP_PARTS,
    devices: Sequence[str] | None = None,
    start: int = 0,
    stop: int | None = None,
    every: int = 1,
    holes: bool = False,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> ExportReport:
    """Export a take as one MCAP file, for Foxglove and Rerun, as `ksync export --mcap` does.

    `what` names parts of `color`, `depth`, `ir` and `calibration`; the rest is as in `export`. The file is
    there as a whole or not at all, and none is replaced.

    Raises UsageError where the packages of `kinect-sync[mcap]` are missing, where the file exists, and where
    the take, the selection or the disk do not allow it.
    """
    request = McapRequest(
        take=path_of(take),
        file=Path(file),
        parts=tuple(map(Part, what)),
        devices=None if devices is None else tuple(devices),
        start=start,
        stop=stop,
        every=every,
        holes=holes,
    )
    return export_mcap_file(request, processes=processes, progress=progress or untold)


def fuse(
    take: Take | Path | str,
    directory: Path | str,
    *,
    calibration: Path | str | None = None,
    clouds: CloudFormat | str = CloudFormat.PLY,
    views: Sequence[str] = (),
    programs: Sequence[str] = (),
    mesh_mm: float | None = None,
    settings: CloudSettings | None = None,
    devices: Sequence[str] | None = None,
    start: int = 0,
    stop: int | None = None,
    every: int = 1,
    holes: bool = False,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> FuseReport:
    """Write one cloud of all devices for each pulse, as `ksync fuse` does; what is there already is kept.

    `calibration` is a file as `ksync calibrate` writes it; without one, that in the take's folder. `clouds`
    is `ply`, `pcd`, `npz` or `none`; `views` names cameras as `front.color`, in whose images each device is
    shown. `programs` are those for which files are made: `colmap`, `colmap-pinhole`, `nerfstudio`, `open3d`,
    `cwipc`; `mesh_mm` is the side of the cubes of a mesh, which needs Open3D. The rest is as in `export`;
    `progress` is called with the pulses done and the pulses there are.

    More than one of `processes` is faster. Each begins by importing the program's main module again, which
    then must do its work under `if __name__ == "__main__":`.

    Raises UsageError where the take, the calibration, the selection or the folder do not allow it. Files that
    were made stay, and are whole.
    """
    request = FuseRequest(
        take=path_of(take),
        directory=Path(directory),
        calibration=None if calibration is None else Path(calibration),
        clouds=CloudFormat(clouds),
        views=tuple(map(View.parse, views)),
        programs=tuple(map(Program, programs)),
        mesh_mm=mesh_mm,
        settings=settings or CloudSettings(),
        devices=None if devices is None else tuple(devices),
        start=start,
        stop=stop,
        every=every,
        holes=holes,
    )
    return fuse_take(request, processes=processes, progress=progress or untold)


def untold(_done: int, _total: int) -> None:
    """Tell nobody how far it is."""
