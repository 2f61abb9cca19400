"""Measurements that nobody made: what a step is to judge, with whatever is wrong in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kinect_sync.findings import Finding, Severity
from kinect_sync.rig.loading import load_rig
from kinect_sync.rig.model import RigFields
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import DeviceRecord, Moment, RunRecord, Runs, Second
from kinect_sync.selftest.step import Judgement
from kinect_sync.timing.verification import DeviceVerification
from kinect_sync.wire.messages import FirstCapture
from tests.cli.commands import CONFIGS

PERIOD_US = 1e6 / 30
RIG: RigFields = load_rig(str(CONFIGS / "daisy_chain_3.yaml")).rig
PLAN = SelftestPlan(rig=RIG)
ALONE = SelftestPlan(rig=load_rig(str(CONFIGS / "standalone.yaml")).rig)
NAMES = ("front", "left", "right")
Late = Callable[[int], float]


def on_time(_: int) -> float:
    """No capture is late."""
    return 0.0


def captures(
    late_us: Late = on_time, *, count: int = 60, skipped: int = 0, ppm: float = 0.0, exposure_us: int = 8330
) -> tuple[FirstCapture, ...]:
    """First captures of a clock that began with the first pulse; `late_us` tells how late each is."""
    made = []
    for number in range(count):
        pulse_us = 219_566 + (number + skipped) * PERIOD_US
        color_us = round(pulse_us * (1 + ppm * 1e-6) + late_us(number))
        host_ns = 10**12 + round(pulse_us * 1000) + 12_000_000
        made.append(
            FirstCapture(
                color_us=color_us, depth_us=color_us, host_time_ns=host_ns, arrived_ns=host_ns,
                exposure_us=exposure_us,
            )
        )  # fmt: skip
    return tuple(made)


def device(name: str, rig: RigFields = RIG, **told: Any) -> DeviceRecord:
    """One device's part in a run, all well but for what is told."""
    spec = next(each for each in rig.devices if each.name == name)
    good: dict[str, Any] = {
        "open_s": 1.5,
        "start_s": 0.4,
        "first_s": 0.9,
        "close_s": 0.5,
        "exit_code": 0,
        "first": captures(),
        "period_us": PERIOD_US,
        "host_fps": 30.001,
        "memory_begin_bytes": 90_000_000,
        "memory_end_bytes": 90_100_000,
        "memory_s": 30.0,
    }
    return DeviceRecord(settings=rig.settings_of(spec), **{**good, **told})


def verified(name: str, **told: Any) -> DeviceVerification:
    """One device's measurements, all well but for what is told."""
    good: dict[str, Any] = {
        "pulses": 180, "captures": 180, "dropped": 0, "holes": {}, "lost": False, "tolerance_us": 110.0,
        "clock_tolerance_us": 110.0, "residuals": 180, "bias_us": 3.0, "jitter_us": 6.0, "drift_ppm": 0.1,
        "outliers": 0, "step_us": 0.0, "pairing_error_us": 1.0, "paired": 180, "mispaired": 0,
    }  # fmt: skip
    return DeviceVerification(name=name, **{**good, **told})


def run(
    label: str = "a run",
    devices: Sequence[DeviceRecord] | None = None,
    measured: Sequence[DeviceVerification] | None = None,
    **told: Any,
) -> RunRecord:
    """A run of the whole rig, all well but for what is told."""
    return RunRecord(
        label=label,
        devices=tuple(map(device, NAMES) if devices is None else devices),
        verified=tuple(map(verified, NAMES) if measured is None else measured),
        **{"pulses": 180, "complete": 180, **told},
    )


def runs(*made: RunRecord) -> Runs:
    return Runs(runs=made)


def seconds(count: int, ppm: float, residual_ppm: float = 0.0) -> tuple[Second, ...]:
    """Seconds of a run in which a clock gains on the computer's, and on the reference's."""
    return tuple(
        Second(at_s=float(at), residual_us=at * residual_ppm, ahead_us=at * ppm) for at in range(count)
    )


def moments(*counts: int, every_s: float = 0.5) -> tuple[Moment, ...]:
    return tuple(Moment(at_s=place * every_s, captures=count) for place, count in enumerate(counts))


def codes(judgement: Judgement) -> list[tuple[str, str | None]]:
    """(code, device) of everything that weighs."""
    return [(each.code, each.device) for each in judgement.findings if each.severity is not Severity.NOTE]


def found(code: str, device: str | None = None) -> Finding:
    return Finding(code=code, device=device, what="it is as it is")


def noise(levels: float, count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.random.default_rng(5).normal(0.0, levels, count)
