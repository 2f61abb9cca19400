"""Calibrate a rig from a take, or tell whether a calibration still holds: look, and conclude."""

from __future__ import annotations

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.naming import name_board
from kinect_sync.calibration.printing.papers import Paper
from kinect_sync.calibration.rig_calibration import (
    RigCalibration,
    read_calibration_beside,
    read_rig_calibration,
)
from kinect_sync.errors import UsageError
from kinect_sync.findings.calibration import RIG_CALIBRATION_MISSING
from kinect_sync.review.calibrating.beforehand import check_beforehand
from kinect_sync.review.calibrating.concluding import conclude
from kinect_sync.review.calibrating.request import CalibrationReport, CalibrationRequest
from kinect_sync.review.calibrating.walk import Progress, follow_walk
from kinect_sync.review.chosen import narrow
from kinect_sync.takes.opened_take import OpenedTake, open_take

USUAL_BOARD = Paper.A1.board
"""Where nobody names another."""


def calibrate_take(request: CalibrationRequest, *, processes: int, progress: Progress) -> CalibrationReport:
    """Calibrate a rig from a take, or check an earlier calibration with it.

    Raises UsageError where the take, its devices or recordings, the board, a file or OpenCV can't be used;
    what is wrong with them is told before the first image is looked at.
    """
    take = narrow(open_take(request.take), request.devices)
    earlier = _earlier(request, take)
    board = _board(request, earlier)
    check_beforehand(request, take, earlier)
    walk = follow_walk(take, board, request, processes, progress)
    return conclude(request, take, board, walk, earlier)


def check_calibration(request: CalibrationRequest) -> Board:
    """Return the board that is looked for; raise UsageError for what forbids a calibration and is known now.

    To be called before a walk: nobody walks for minutes to be told that a file is there already.
    """
    from kinect_sync.calibration.detection.opencv import require_opencv

    require_opencv()
    take = narrow(open_take(request.take), request.devices)
    earlier = _earlier(request, take)
    check_beforehand(request, take, earlier)
    return _board(request, earlier)


def _earlier(request: CalibrationRequest, take: OpenedTake) -> RigCalibration | None:
    if request.earlier is not None:
        return read_rig_calibration(request.earlier)
    if not request.checks:
        return None
    if take.manifest.calibration is None:
        what = f"the take {request.take} names no calibration to be checked"
        raise UsageError(RIG_CALIBRATION_MISSING.found(what, remedy="name one: `--check FILE`"))
    return read_calibration_beside(take.path)


def _board(request: CalibrationRequest, earlier: RigCalibration | None) -> Board:
    if request.board is None:
        return earlier.board if earlier is not None else USUAL_BOARD
    return name_board(request.board)
