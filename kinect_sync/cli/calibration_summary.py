"""A calibration for people: what it is worth, measured on what it was not made of, device by device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from kinect_sync.calibration.measures import CameraMeasures, DeviceMeasures, Measures, PairMeasures
from kinect_sync.calibration.rig_calibration import CalibratedDevice
from kinect_sync.cli.console import stdout_console
from kinect_sync.cli.rows import Cell, show_rows
from kinect_sync.cli.verdict_words import verdict_words
from kinect_sync.review.calibrating.request import CalibrationReport, MovedDevice
from kinect_sync.verdicts import Verdict

_VERDICTS = {
    Verdict.GOOD: "calibrated",
    Verdict.INCOMPLETE: "calibrated, but for devices that are missing",
    Verdict.BAD: "not calibrated",
}
_HOLDS = {Verdict.GOOD: "the calibration holds", Verdict.BAD: "the calibration does not hold"}
_UNTOLD = {Verdict.BAD: "whether the calibration holds can't be told"}
_DOUBTED = {**_VERDICTS, Verdict.BAD: "calibrated, and not to be relied on"}
_HEADINGS = ("device", "poses", "held-out px", "plane mm", "color to depth", "depth offset mm", "σ mm", "σ °",
             "seen", "fit px")  # fmt: skip
_PAIRS = ("pair", "poses", "depth mm", "of nine in ten", "σ mm")
_MOST_PAIRS = 6
"""Of the worst; `--json` and the report have them all."""


def show_calibration(report: CalibrationReport, console: Console | None = None) -> None:
    """Print a calibration, or the comparison with an earlier one, on stdout."""
    console = console or stdout_console()
    words = _words_for(report)
    headline = _headline(report.measures) if report.measures is not None else ""
    console.print(Text.assemble(verdict_words(report.verdict, words), headline))
    if report.measures is not None:
        show_rows(_HEADINGS, list(_devices(report.measures, report.devices)), console)
        _show_pairs(report.measures.pairs, console)
        _say(console, _of_the_board(report))
    if report.compared:
        headings = ("device", "poses", "off mm", "limit mm", "moved mm", "turned °")
        show_rows(headings, [_moved(each) for each in report.compared], console)
    if report.file is not None:
        _say(console, f"calibration: {report.file}")


def _words_for(report: CalibrationReport) -> dict[Verdict, str]:
    if report.measures is not None:
        return _DOUBTED
    if not report.compared:
        return _VERDICTS
    told = report.verdict is Verdict.GOOD or any(each.moved for each in report.compared)
    return _HOLDS if told else _UNTOLD


def _headline(measures: Measures) -> str:
    """Say how well the clouds of two devices fit, or else how well images do."""
    poses = f"{measures.poses} poses, measured on {measures.held_out} of them, held out in turn"
    if measures.headline is None:
        return f": {poses}; no two devices have depth of the same board"
    return f": {measures.headline}; {poses}"


def _devices(measures: Measures, places: Sequence[CalibratedDevice]) -> Iterator[tuple[Cell, ...]]:
    measured = measures.by_name
    for place in places:
        device = measured.get(place.name, DeviceMeasures(name=place.name))
        camera = _better(device)
        at = place.color or place.depth
        yield (
            place.name,
            str(camera.views) if camera else "-",
            _number(camera.held_out_px if camera else None, 2),
            _plane(device),
            _between(device),
            _number(place.depth_offset_mm if place.depth_offset_sigma_mm is not None else None, 1, "+"),
            _number(at.sigma_mm if at else None, 2),
            _number(at.sigma_deg if at else None, 3),
            f"{100 * camera.coverage:.0f} %" if camera else "-",
            _number(camera.residual_px if camera else None, 2),
        )


def _better(device: DeviceMeasures) -> CameraMeasures | None:
    """Return the camera that saw more of the board."""
    cameras = [each for each in (device.color, device.depth) if each is not None]
    return max(cameras, key=lambda camera: camera.views, default=None)


def _plane(device: DeviceMeasures) -> str:
    if device.plane_mm is None or device.plane_spread_mm is None:
        return "-"
    return f"{device.plane_mm:+.1f} ± {device.plane_spread_mm:.1f}"


def _between(device: DeviceMeasures) -> str:
    """Say how the color camera stands to where the factory has it."""
    if device.factory_turn_deg is None or device.factory_shift_mm is None:
        return "-"
    return f"{device.factory_turn_deg:.2f}° {device.factory_shift_mm:.1f} mm"


def _show_pairs(pairs: Sequence[PairMeasures], console: Console) -> None:
    """Print the pairs whose clouds fit worst, and how many share no pose."""
    worst = sorted(pairs, key=lambda pair: -(pair.depth_mm or 0.0))[:_MOST_PAIRS]
    rows = [
        (f"{pair.first} – {pair.second}", str(pair.poses), _number(pair.depth_mm, 1),
         _number(pair.depth_p90_mm, 1), _number(pair.sigma_mm, 2))
        for pair in worst
    ]  # fmt: skip
    if len(pairs) > 1:
        show_rows(_PAIRS, rows, console)
    apart = sum(pair.poses == 0 for pair in pairs)
    if apart:
        _say(console, f"{apart} of {len(pairs)} pairs never saw the board at once: others tie them together")


def _of_the_board(report: CalibrationReport) -> str:
    board = report.board.id if report.board is not None else "-"
    world = str(report.world)
    if report.world_pulse is not None:
        world += f", as it lay at pulse {report.world_pulse}"
    scale = ""
    if report.board_scale is not None:
        scale = f", {100 * (report.board_scale - 1):+.2f} % by the depth cameras"
    return f"board {board}{scale}; world: {world}; σ is of noise only"


def _moved(device: MovedDevice) -> tuple[Cell, ...]:
    style = "bold red" if device.moved else ""
    return (
        device.name,
        str(device.poses),
        Text(_number(device.moved_mm, 1), style=style),
        _number(device.limit_mm if device.moved_mm is not None else None, 1),
        _number(device.shift_mm, 1),
        _number(device.turn_deg, 2),
    )


def _number(value: float | None, digits: int, sign: str = "") -> str:
    return "-" if value is None else f"{value:{sign}.{digits}f}"


def _say(console: Console, line: str) -> None:
    """Print a line, folded between words on a terminal and never elsewhere."""
    console.print(Text(line), soft_wrap=not console.is_terminal)
