"""Rows as a rig gives them, made up: what clients of a stream are sent, without a rig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kinect_sync.errors import UsageError
from kinect_sync.findings.files import IMAGE_ABSENT
from kinect_sync.rig.loading import parse_rig
from kinect_sync.streaming.messages import StreamMessages, ToldDevice
from kinect_sync.streaming.sharing import SharedRows
from kinect_sync.timing.alignment import HoleReason
from tests.factory_calibration import make_calibration

RIG = parse_rig(
    """
    name: pair
    topology: daisy_chain
    camera: {depth_mode: nfov_2x2binned}
    devices:
      - {name: front, serial: "000123456712", role: master}
      - {name: left, serial: "000234567812", role: subordinate}
    """
).rig
WIDTH, HEIGHT = 320, 288


@dataclass
class StandInCapture:
    """What one device captured; a hole where it has no images."""

    device: str
    pulse: int
    hole: HoleReason | None = None
    host_time_ns: int | None = 5_000
    residual_us: float | None = 1.5

    @property
    def color_timestamp_us(self) -> int | None:
        return None if self.hole else 33_333 * self.pulse

    @property
    def depth_timestamp_us(self) -> int | None:
        return None if self.hole is HoleReason.SENSOR_DROPPED else 33_333 * self.pulse

    @property
    def color_data(self) -> bytes:
        return b"\xff\xd8" + bytes(self.pulse % 7) + b"\xff\xd9"

    @property
    def depth(self) -> np.ndarray:
        return np.full((HEIGHT, WIDTH), 1000 + self.pulse, np.uint16)

    @property
    def ir(self) -> np.ndarray:
        if self.hole is HoleReason.HALF_CAPTURE:
            raise UsageError(IMAGE_ABSENT.found("it was lost"))
        return np.full((HEIGHT, WIDTH), self.pulse, np.uint16)


class StandInRow(dict[str, Any]):
    """A row whose images may be overwritten before somebody holds it."""

    def __init__(self, pulse: int, **holes: HoleReason) -> None:
        names = [each.name for each in RIG.devices]
        super().__init__({name: StandInCapture(name, pulse, holes.get(name)) for name in names})
        self.pulse = pulse
        self.complete = not holes
        self.age_ms = 2.5
        self.is_overwritten = False
        self.held = 0

    __hash__ = object.__hash__

    def hold(self) -> StandInRow:
        if self.is_overwritten:
            raise UsageError(IMAGE_ABSENT.found("it was overwritten"))
        self.held += 1
        return StandInRow(self.pulse, **{name: each.hole for name, each in self.items() if each.hole})


def begun(rows: SharedRows) -> StreamMessages:
    """Messages of a stream whose rig runs."""
    messages = StreamMessages(rows)
    mode = "newest" if rows.is_newest else "every"
    devices = [
        ToldDevice(RIG.settings_of(each), None, make_calibration(each.serial) + b"\0") for each in RIG.devices
    ]
    messages.begin(devices, rig=RIG.name, fps=30, mode=mode, reference="front", take=None)
    return messages


def never() -> bool:
    return False
