"""Virtual devices that behave as real ones did: made from the zip of a self-test that somebody attached.

    bench = VirtualBench(tmp_path, replayed(Path("selftest_studio.zip")))

Taken over are how long each took to open, start and close, the firmware's first timestamp, when its first
captures came in relation to the master's, bias and drift.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import fields
from pathlib import Path
from statistics import median
from typing import Any

from kinect_sync.readings import Firmware
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import Role
from kinect_sync.rig.topology import cables
from kinect_sync.selftest.judging import after_reset, device_us, pulse_times, residuals, settling
from kinect_sync.selftest.records import DeviceRecord, RunRecord, Runs
from kinect_sync.timing.pulses import TOLERANCE_US, period_us
from tests.virtual_k4a.bench import VirtualDevice

TOGETHER = "measured/together.json"
OPENED = "measured/open-close.json"
MOST_LATE = 64
"""As many first captures as the virtual device can be told of."""


def replayed(archive: Path) -> list[VirtualDevice]:
    """Return the devices of a self-test, in the rig's order; KeyError where its steps were not done."""
    with zipfile.ZipFile(archive) as file:
        rig = RigFields.model_validate_json(file.read("rig.json"))
        runs = Runs.model_validate_json(file.read(TOGETHER))
        opened = Runs.model_validate_json(file.read(OPENED)) if OPENED in file.namelist() else None
        firmware = json.loads(file.read("report.json"))["devices"]
    (run,) = runs.runs
    return [_device(rig, run, record, opened, firmware) for record in run.devices]


def _device(
    rig: RigFields, run: RunRecord, record: DeviceRecord, opened: Runs | None, firmware: dict[str, str]
) -> VirtualDevice:
    serials = {device.name: device.serial for device in rig.devices}
    feeds = {cable.to_device: cable.from_device for cable in cables(rig)}
    serial, fed_by = record.settings.serial, feeds.get(record.name)
    told: dict[str, Any] = {
        "serial": serial,
        "sync_in": fed_by is not None,
        "sync_out": record.name in feeds.values(),
        "fed_by": serials.get(fed_by or "", ""),
        "start_us": _microseconds(record.start_s),
        **_firmware(firmware.get(serial, "")),
        **_times(run, record),
    }
    if opened is not None:
        parts = [device for _, device in opened.of(record.name)]
        told["open_us"] = _microseconds(_median(part.open_s for part in parts))
        told["close_us"] = _microseconds(_median(part.close_s for part in parts))
    known = {field.name for field in fields(VirtualDevice)}
    return VirtualDevice(**{name: value for name, value in told.items() if name in known})


def _times(run: RunRecord, record: DeviceRecord) -> dict[str, Any]:
    """Return what its first captures say of the device's clock and its settling."""
    fps = record.settings.fps
    kept = after_reset(record.first)
    first_us = device_us(kept[0]) if kept else None
    if first_us is None:
        return {}
    reference = next(each for each in run.devices if each.settings.role is not Role.SUBORDINATE)
    master = pulse_times(reference.first, reference.settings)
    own = pulse_times(record.first, record.settings)
    skipped = max(0, round((own[0] - master[0]) / period_us(fps)))
    told = {"first_us": int(master[0]), "skip_first": skipped}
    if record is reference:
        return told
    times, apart = residuals(own, master, fps)
    seen = settling(times, apart, TOLERANCE_US[fps])
    if seen is None:
        return told
    verified = run.measured(record.name)
    late = tuple(round(float(off)) for off in seen.off_us[:MOST_LATE])
    drift = verified.drift_ppm if verified is not None and verified.drift_ppm is not None else 0.0
    return {**told, "bias_us": round(seen.bias_us), "drift_ppm": drift, "late_us": late}


def _firmware(text: str) -> dict[str, str]:
    """Return `color`, `depth` and `audio` of `color 1.6.110, depth 1.6.80, audio 1.6.14`."""
    parts = dict(part.split(" ", 1) for part in text.split(", ") if " " in part)
    return {name: parts[name] for name in Firmware.model_fields if name in parts}


def _median(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _microseconds(seconds: float | None) -> int:
    return round((seconds or 0.0) * 1e6)
