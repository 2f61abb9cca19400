"""From what was seen of the board to where the cameras are, what that is worth, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.rig_calibration import CalibratedDevice, RigCalibration
from kinect_sync.calibration.solving.judging import judge
from kinect_sync.calibration.solving.solution import Solution
from kinect_sync.calibration.solving.solver import solve
from kinect_sync.findings import Finding, has_errors
from kinect_sync.review.calibrating.comparing import Compared, compare_with
from kinect_sync.review.calibrating.keeping import keep
from kinect_sync.review.calibrating.measured import measures_of
from kinect_sync.review.calibrating.placing import carried, placed
from kinect_sync.review.calibrating.request import CalibrationReport, CalibrationRequest
from kinect_sync.review.calibrating.told import ambiguous, findings_of, not_seen, verdict_of
from kinect_sync.review.calibrating.walk import Walk
from kinect_sync.review.calibrating.worlds import InWorld, bring_into_world
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.takes.opened_take import OpenedTake
from kinect_sync.verdicts import Verdict
from kinect_sync.version import __version__, installed_version


def conclude(
    request: CalibrationRequest,
    take: OpenedTake,
    board: Board,
    walk: Walk,
    earlier: RigCalibration | None = None,
) -> CalibrationReport:
    """Solve and judge a walk, or compare it with an earlier calibration, and write what is to be written.

    Raises UsageError where the file can't be written, or nothing ties the walk to a calibration that it is to
    refine.
    """
    solution = solve(board, walk.geometries, walk.views, walk.patches)
    work = _Work(request, take, board, walk, solution, earlier)
    if not solution.devices:
        return work.nothing()
    return work.checked() if request.checks else work.calibrated()


@dataclass(frozen=True)
class _Work:
    """One calibration, when the board was looked for and the rig is solved."""

    request: CalibrationRequest
    take: OpenedTake
    board: Board
    walk: Walk
    solution: Solution
    earlier: RigCalibration | None

    @property
    def settings(self) -> dict[str, DeviceSettings]:
        """Each device as it was recorded."""
        return {each.settings.name: each.settings for each in self.take.manifest.devices}

    @property
    def seconds_of(self) -> Callable[[int], float]:
        """What tells the seconds of a pulse."""
        fps = self.take.manifest.devices[0].settings.fps
        return lambda pulse: pulse / fps

    @cached_property
    def compared(self) -> Compared | None:
        """The solution against the earlier calibration; None without one."""
        if self.earlier is None:
            return None
        return compare_with(self.earlier, self.solution, self.settings, self.board, self.walk.views)

    def nothing(self) -> CalibrationReport:
        """Say that the board was not seen."""
        told = not_seen(self.board, self.walk)
        return self._report(Verdict.BAD, (told, *ambiguous(self.board)))

    def checked(self) -> CalibrationReport:
        """Say whether the earlier calibration holds."""
        compared = self.compared
        findings = (*(compared.findings if compared is not None else ()), *ambiguous(self.board))
        verdict = Verdict.BAD if has_errors(findings) else Verdict.GOOD
        return self._report(verdict, findings)

    def calibrated(self) -> CalibrationReport:
        """Say where the cameras are, and write it down."""
        walk, solution = self.walk, self.solution
        judgement = judge(self.board, walk.geometries, walk.views, walk.patches, solution)
        told = findings_of(self.board, walk.geometries, solution, judgement, self.seconds_of)
        there = bring_into_world(self.request, self.take, walk, self.earlier, self.compared, solution)
        findings = (*told, *ambiguous(self.board), *there.findings)
        verdict = verdict_of(findings, solution)
        calibration = RigCalibration(
            ksync=__version__,
            opencv=_opencv_version(),
            take=self.take.manifest.name,
            utc_ns=self.take.manifest.begin.utc_ns,
            refined=self.earlier.take if self.earlier is not None else None,
            verdict=verdict,
            findings=findings,
            board=self.board,
            board_scale=solution.board_scale,
            board_scale_sigma=solution.board_scale_sigma,
            world=there.world,
            world_pulse=there.pulse,
            devices=self._devices(there),
            measures=measures_of(solution, judgement, self.seconds_of, there.tilts_deg),
        )
        file, said = keep(self.request, calibration)
        return self._report(verdict, (*findings, *said), calibration, file)

    def _devices(self, there: InWorld) -> tuple[CalibratedDevice, ...]:
        """Return the devices that were reached, and of an earlier set those that were not.

        An earlier device whose name another unit has now is not kept: that one stands in its place.
        """
        settings, found = self.settings, there.solution.devices
        before: dict[str, CalibratedDevice] = {}
        if self.earlier is not None and there.from_earlier is not None:
            way = there.from_earlier
            before = {each.serial: carried(each, way) for each in self.earlier.devices}
        devices = []
        for name, each in settings.items():
            if name in found:
                devices.append(placed(found[name], each))
            elif each.serial in before:
                devices.append(before[each.serial].model_copy(update={"name": name}))
        recorded = {each.serial for each in settings.values()}
        devices += [
            each for serial, each in before.items() if serial not in recorded and each.name not in settings
        ]
        return tuple(devices)

    def _report(
        self,
        verdict: Verdict,
        findings: Sequence[Finding],
        calibration: RigCalibration | None = None,
        file: Path | None = None,
    ) -> CalibrationReport:
        measured = self.solution.board_scale_sigma is not None
        compares = self.request.checks or calibration is not None
        return CalibrationReport(
            verdict=verdict,
            findings=(*self.take.remarks(), *self.walk.findings, *findings),
            take=self.request.take,
            file=file,
            board=self.board,
            board_scale=self.solution.board_scale if measured else None,
            world=calibration.world if calibration is not None else None,
            world_pulse=calibration.world_pulse if calibration is not None else None,
            pulses=self.walk.pulses,
            devices=calibration.devices if calibration is not None else (),
            measures=calibration.measures if calibration is not None else None,
            compared=self.compared.devices if compares and self.compared is not None else (),
        )


def _opencv_version() -> str | None:
    return installed_version("opencv-python-headless") or installed_version("opencv-python")
