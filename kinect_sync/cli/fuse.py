"""`ksync fuse`: one cloud of all devices of a calibrated rig for each pulse of a take."""

from __future__ import annotations

import math
from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import (
    FOLDER,
    Number,
    Words,
    calibration_option,
    check_span,
    jobs_option,
    json_option,
    pulse_options,
    quiet_option,
    take_argument,
)
from kinect_sync.cli.progress import progress_bar
from kinect_sync.cli.saying import say
from kinect_sync.host.view import usable_cores
from kinect_sync.review.fusing.fusing import fuse_take
from kinect_sync.review.fusing.request import (
    Box,
    CloudFormat,
    CloudSettings,
    FuseReport,
    FuseRequest,
    Program,
    Uncolored,
    View,
)


class Crop(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.2
    """A box as six numbers: `-1,1,-1,1,0,2`."""

    name = "box"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Box:
        """Split, and see that each range is one."""
        if isinstance(value, Box):
            return value
        try:
            numbers = [float(word) for word in str(value).split(",")]
        except ValueError:
            numbers = []
        if len(numbers) != 6 or not all(map(math.isfinite, numbers)):
            self.fail(f"{value!r} is not six numbers: xmin,xmax,ymin,ymax,zmin,zmax", param, ctx)
        low, high = numbers[0::2], numbers[1::2]
        if any(first >= last for first, last in zip(low, high, strict=True)):
            self.fail(f"{value!r} holds nothing: each least is to be below its most", param, ctx)
        return Box(low_m=(low[0], low[1], low[2]), high_m=(high[0], high[1], high[2]))


class ViewName(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.2
    """A device and one of its cameras: `front.color`."""

    name = "view"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> View:
        """Read it, or say what is wrong with it."""
        if isinstance(value, View):
            return value
        try:
            return View.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


_EPILOG = (
    "Exit codes: 0 fused; 1 fused, but for pulses whose images are broken, or no pulse that was asked for is "
    "complete; 2 usage, or the take, the calibration or the folder can't be used; 130 interrupted."
)


@click.command(epilog=_EPILOG)
@take_argument
@click.option("-o", "--output", "directory", metavar="DIR", required=True, type=FOLDER,
              help="Folder to write into; what an earlier run made there is kept.")  # fmt: skip
@calibration_option
@click.option("--clouds", type=click.Choice([str(kind) for kind in CloudFormat]), default="ply",
              show_default=True, help="Kind of file; `none` makes what else is asked for alone.")  # fmt: skip
@click.option("--view", "views", metavar="CAMERA", type=ViewName(), multiple=True,
              help="Also show each device's depth and color as CAMERA sees them: front.color.")  # fmt: skip
@click.option("--for", "programs", metavar="LIST", type=Words(tuple(map(str, Program))), default=(),
              help="Also make what other programs read: colmap, colmap-pinhole (undistorted, for Gaussian "
              "splatting), nerfstudio, open3d, cwipc.")  # fmt: skip
@click.option("--mesh", "mesh_mm", metavar="MM", type=Number(min=1, max=1000),
              help="Also make a mesh of cubes of this side, such as 10; needs Open3D.")  # fmt: skip
@click.option("--voxel", "voxel_mm", metavar="MM", type=Number(min=0.1, max=10_000),
              help="Make one point of all that lie in a cube of this side.")  # fmt: skip
@click.option("--crop", metavar="X,X,Y,Y,Z,Z", type=Crop(),
              help="Keep what is between these x, y and z, in metres in the world.")  # fmt: skip
@click.option("--floor", "floor_mm", metavar="MM", type=Number(min=-10_000, max=10_000),
              help="Leave out what is lower than this above the floor.")  # fmt: skip
@click.option("--normals", is_flag=True, help="Give each point the direction of its surface.")
@click.option("--grazing", "grazing_deg", metavar="DEG", type=Number(min=0, max=90, min_open=True),
              help="Leave out surfaces seen at more than this from their normal, such as 75.")  # fmt: skip
@click.option("--keep-edges", is_flag=True, help="Keep points at jumps of depth: many hang in the air.")
@click.option("--uncolored", type=click.Choice([str(word) for word in Uncolored]), default="borrow",
              show_default=True,
              help="What to do with points that their own color camera did not see.")  # fmt: skip
@pulse_options
@jobs_option
@json_option
@quiet_option
def fuse(
    take: Path,
    directory: Path,
    calibration: Path | None,
    clouds: str,
    views: tuple[View, ...],
    programs: tuple[str, ...],
    mesh_mm: float | None,
    voxel_mm: float | None,
    crop: Box | None,
    floor_mm: float | None,
    grazing_deg: float | None,
    uncolored: str,
    devices: tuple[str, ...] | None,
    start: int,
    stop: int | None,
    every: int,
    processes: int | None,
    *,
    normals: bool,
    keep_edges: bool,
    holes: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Fuse TAKE, the folder of a recording: one cloud of all devices for each pulse, in one world.

    The calibration of the rig says where each camera is and what to add to its depth. Only pulses count of
    which every device has a whole capture. Run again after an interruption, it goes on where it was.
    """
    check_span("fuse", start, stop)
    if clouds == "none" and not views and not programs and mesh_mm is None:
        raise click.UsageError("--clouds none leaves nothing to make: add a --view, --for or --mesh")
    request = FuseRequest(
        take=take,
        directory=directory,
        calibration=calibration,
        clouds=CloudFormat(clouds),
        views=tuple(dict.fromkeys(views)),
        programs=tuple(map(Program, programs)),
        mesh_mm=mesh_mm,
        settings=CloudSettings(
            keep_edges=keep_edges,
            grazing_deg=grazing_deg,
            normals=normals,
            uncolored=Uncolored(uncolored),
            voxel_mm=voxel_mm,
            crop=crop,
            floor_mm=floor_mm,
        ),
        devices=devices,
        start=start,
        stop=stop,
        every=every,
        holes=holes,
    )

    def work() -> FuseReport:
        with progress_bar("fusing", "pulses", quiet=quiet) as progress:
            return fuse_take(request, processes=processes or usable_cores() or 1, progress=progress)

    answer(FuseReport, work, lambda report: say(_line(report)), as_json=as_json)


def _line(report: FuseReport) -> str:
    made = (
        f"{report.written} files written ({report.nbytes / 1e6:.1f} MB, {report.points / 1e6:.1f} M points)"
    )
    kept = f", {report.kept} kept" if report.kept else ""
    return f"{report.rows} pulses of {len(report.devices)} devices: {made}{kept}\nfusion: {report.directory}"
