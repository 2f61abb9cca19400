"""Takes on disk as `ksync start` leaves them, made in no time: marked images, holes, drift as told."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kinect_sync.captures import Capture, Image
from kinect_sync.devices.simulated.frames import Film
from kinect_sync.rig.model import DeviceSettings, RigFields
from kinect_sync.takes.index import IndexFile
from kinect_sync.takes.manifest import (
    ClockSample,
    DeviceReport,
    Host,
    Manifest,
    TakeDevice,
    TakeReport,
    Versions,
    format_of,
)
from kinect_sync.takes.manifest_file import write_manifest
from kinect_sync.takes.mkv.writer import MkvWriter
from kinect_sync.takes.names import INDEX
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.timing.alignment import Cell, HoleReason, Row
from tests.factory_calibration import make_calibration
from tests.review.sets import DAY_NS, date_at

SERIALS = {"front": "000123456712", "left": "000234567812", "right": "000345678912"}
PERIOD_US = 33_333
START_US = 319_555
Holes = Mapping[str, Mapping[int, str]]


def small_rig(**changes: Any) -> RigFields:
    """Three devices in a chain, small depth images."""
    roles = {"front": "master", "left": "subordinate", "right": "subordinate"}
    devices = [
        {"name": name, "serial": serial, "role": roles[name], "depth_delay_off_color_usec": 160 * number}
        for number, (name, serial) in enumerate(SERIALS.items())
    ]
    camera = {"color_resolution": "720p", "color_format": "mjpg", "depth_mode": "nfov_2x2binned", "fps": 30}
    fields = {"name": "small", "topology": "daisy_chain", "camera": camera, "devices": devices}
    return RigFields.model_validate(fields | changes)


def pair_rig() -> RigFields:
    """The first two of them: whoever starts a process for each device starts one less."""
    return small_rig(devices=[each.model_dump() for each in small_rig().devices[:2]])


def color_rig(**changes: Any) -> RigFields:
    """The same devices without depth, and so without delays of it."""
    devices = [each.model_dump(include={"name", "serial", "role"}) for each in small_rig().devices]
    return small_rig(**{"camera": {"depth_mode": "off"}, "devices": devices} | changes)


def make_take(
    path: Path,
    *,
    pulses: int = 6,
    holes: Holes | None = None,
    drift_ppm: float = 0.0,
    rig: RigFields | None = None,
    calibration: bool | bytes = True,
    packing: Packing | None = None,
    **changes: Any,
) -> Path:
    """Make a take's folder; capture N of a device carries its serial and N, the pulse, as marks.

    `holes` is a reason by device and pulse; `half_capture` is a capture without color. The clocks of all
    but the master drift. `calibration` is what all carry, or whether each carries its own. Depth and IR are
    packed with `packing`. `changes` are put into take.json.
    """
    rig = rig or small_rig()
    settings = [rig.settings_of(device) for device in rig.devices]
    path.mkdir(parents=True)
    cells = {
        each.name: _record(
            path, each, pulses, (holes or {}).get(each.name, {}), drift_ppm, calibration, packing
        )
        for each in settings
    }
    index = IndexFile(path / INDEX, list(cells))
    for pulse in range(pulses):
        index.append(Row(pulse, tuple(cells[name][pulse] for name in cells)))
    index.close()
    write_manifest(path, _manifest(path, rig, settings, cells, packing).model_copy(update=changes))
    return path


@cache
def film_of(settings: DeviceSettings) -> Film:
    """Images of a device, drawn once for all tests: that takes longer than a small take."""
    return Film(settings.serial, settings, "scene")


def _record(
    path: Path,
    settings: DeviceSettings,
    pulses: int,
    holes: Mapping[int, str],
    drift_ppm: float,
    calibration: bool | bytes,
    packing: Packing | None,
) -> list[Cell]:
    film = film_of(settings)
    drift = 0.0 if settings.role.value == "master" else drift_ppm
    cells: list[Cell] = []
    factory = make_calibration(settings.serial) if calibration is True else calibration or None
    file = path / f"{settings.name}.mkv"
    said = {"color_firmware": None, "depth_firmware": None, "calibration": factory, "packing": packing}
    with MkvWriter(file, settings, **said) as mkv:
        for pulse in range(pulses):
            reason = holes.get(pulse)
            if reason not in (None, "half_capture"):
                cells.append(Cell(None, None, None, None, None, HoleReason(reason)))
                continue
            late_us = pulse * PERIOD_US * drift / 1e6
            color_us = START_US + round(pulse * PERIOD_US + late_us)
            depth_us = color_us + settings.depth_delay_off_color_usec if settings.has_ir else None
            capture = _capture(film, settings, pulse, color_us, depth_us)
            half = reason == "half_capture"
            mkv.write(capture if not half else Capture(None, capture.depth, capture.ir, 0))
            number = sum(cell.capture is not None for cell in cells)
            host_ns = 5_000_000_000 + pulse * PERIOD_US * 1000 + pulse % 7 * 1_000_000
            seen_us, residual_us = (None, None) if half else (color_us, late_us)
            hole = HoleReason.HALF_CAPTURE if half else None
            cells.append(Cell(number, seen_us, depth_us, host_ns, residual_us, hole))
    date_at(file, DAY_NS)
    return cells


def _capture(
    film: Film, settings: DeviceSettings, number: int, color_us: int, depth_us: int | None
) -> Capture:
    color = Image(film.color(number), color_us, 0)
    if depth_us is None:
        return Capture(color, None, None, 0)
    depth = Image(film.depth(number), depth_us, 0) if settings.has_depth else None
    return Capture(color, depth, Image(film.infrared(number), depth_us, 0), 0)


def _manifest(
    path: Path,
    rig: RigFields,
    settings: list[DeviceSettings],
    cells: Mapping[str, list[Cell]],
    packing: Packing | None,
) -> Manifest:
    devices = tuple(
        TakeDevice(file=f"{each.name}.mkv", settings=each, firmware=None, controls=None, jacks=None,
                   first_pulse_us=float(START_US), captures_before=0, packing=packing)
        for each in settings
    )  # fmt: skip
    pulses = len(cells[settings[0].name])
    dropped = {name: sum(cell.hole is not None for cell in column) for name, column in cells.items()}
    reports = tuple(
        DeviceReport(name=each.name, serial=each.serial, role=each.role, file=f"{each.name}.mkv",
                     captures=pulses - dropped[each.name], dropped=dropped[each.name], holes={},
                     lost=False, bias_us=0.5, jitter_us=6.0, drift_ppm=0.0)
        for each in settings
    )  # fmt: skip
    complete = sum(all(column[pulse].hole is None for column in cells.values()) for pulse in range(pulses))
    verdict = "in_sync" if complete == pulses else "incomplete"
    report = TakeReport(take=str(path), verdict=verdict, pulses=pulses, complete=complete,
                        duration_s=pulses / 30, devices=reports, findings=())  # fmt: skip
    return Manifest(
        format=format_of((), None, devices),
        state="finished",
        name=path.name,
        versions=Versions(ksync="0.1.0"),
        host=Host(name="host", system="Linux", machine="x86_64"),
        rig=rig,
        begin=ClockSample(monotonic_ns=1, utc_ns=1_700_000_000_000_000_000),
        end=ClockSample(monotonic_ns=2, utc_ns=1_700_000_001_000_000_000),
        reference=settings[0].name,
        devices=devices,
        report=report,
    )
