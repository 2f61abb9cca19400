"""Calibrating rigs from a program: where cameras are, from a take in which a board was carried about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from kinect_sync.calibration.rig_calibration import RigCalibration, read_rig_calibration
from kinect_sync.library.reviewing import untold
from kinect_sync.library.take import Take, path_of
from kinect_sync.review.calibrating.calibrating import calibrate_take
from kinect_sync.review.calibrating.request import CalibrationReport, CalibrationRequest


def calibrate(
    take: Take | Path | str,
    output: Path | str | None = None,
    *,
    board: str | None = None,
    world: Literal["gravity", "floor", "board", "device"] | None = None,
    refine: Path | str | None = None,
    force: bool = False,
    devices: Sequence[str] | None = None,
    start: int = 0,
    stop: int | None = None,
    every: int | None = None,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> CalibrationReport:
    """Say where the cameras of a rig are, as `ksync calibrate` does, and write it to `output` if given.

    `board` is the id on the print, a size of paper or a file; `world` is what the axes come from. `refine`
    is an earlier calibration whose world stays, and whose devices do that are not reached now. A file that is
    there is replaced only with `force`. `devices` are the names of those that count. Pulses from `start` to
    before `stop`, of them each so many-th; `progress` is called with the captures done and the captures there
    are.

    More than one of `processes` is faster. Each begins by importing the program's main module again, which
    then must do its work under `if __name__ == "__main__":`.

    Raises UsageError where the take, its recordings, the board, a file or OpenCV can't be used.
    """
    request = CalibrationRequest(
        take=path_of(take),
        board=board,
        earlier=None if refine is None else Path(refine),
        world=world,
        output=None if output is None else Path(output),
        replaces=force,
        devices=None if devices is None else tuple(devices),
        start=start,
        stop=stop,
        every=every,
    )
    return calibrate_take(request, processes=processes, progress=progress or untold)


def check_calibration(
    take: Take | Path | str,
    calibration: Path | str | None = None,
    *,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> CalibrationReport:
    """Tell from a few views of the board whether a calibration holds, as `ksync calibrate --check` does.

    Without a file, the calibration that the take names is checked. Each device's way since then is in
    `compared`. Raises UsageError as `calibrate` does.
    """
    earlier = None if calibration is None else Path(calibration)
    request = CalibrationRequest(take=path_of(take), earlier=earlier, checks=True)
    return calibrate_take(request, processes=processes, progress=progress or untold)


def load_calibration(path: Path | str) -> RigCalibration:
    """Load a `rig_calibration.json`: where each camera of a rig is in one world.

    `by_name["front"].color.world_from_camera` is a `Pose`. Raises UsageError where it can't be read, or is
    not what `ksync calibrate` writes.
    """
    return read_rig_calibration(Path(path))
