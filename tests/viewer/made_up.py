"""Something to look at that no file holds: devices whose pictures, ages and signs a test makes up."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image

from kinect_sync.findings import Severity
from kinect_sync.rig.modes import ColorFormat, DepthMode
from kinect_sync.verdicts import Verdict
from kinect_sync.viewer.head import DeviceHead, Head, Sign, ViewState, WholeHead
from kinect_sync.viewer.shots import ColorImage, GrayImage, Shot
from kinect_sync.viewer.sources import Sight, Sighted, Source

SIZE = (320, 180)
PERIOD_US = 33_333


@cache
def jpeg(shade: int) -> bytes:
    """A color image of one shade and a bright square."""
    pixels = np.full((SIZE[1], SIZE[0], 3), shade, np.uint8)
    pixels[60:120, 120:200] = (200, 120, 40)
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG")
    return stream.getvalue()


@dataclass
class MadeUp(Source):
    """A rig that gives one more capture each time it is looked at."""

    names: tuple[str, ...] = ("front", "left")
    state: ViewState = ViewState.RECORDING
    name: str = "monday-1"
    signs: tuple[Sign, ...] = ()
    lost: frozenset[str] = frozenset()
    span: tuple[int, int] | None = None
    looks: list[int | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def look(self, pulse: int | None) -> Sight:
        self.looks.append(pulse)
        newest = len(self.looks) if self.state is ViewState.RECORDING else 9
        seen = tuple(self._device(name, newest if pulse is None else pulse) for name in self.names)
        whole = WholeHead(
            verdict=Verdict.IN_SYNC, words="in sync", rows=1000, complete=998, mb_s=151.2, disk_minutes=84.0,
            signs=self.signs,
        )  # fmt: skip
        return Sight(Head(state=self.state, name=self.name, whole=whole, span=self.span), seen)

    def _device(self, name: str, pulse: int) -> Sighted:
        head = DeviceHead(
            name=name, role="subordinate", pulse=pulse, age_s=9.5 if name in self.lost else 0.08, drops=2,
            queue_bytes=1_200_000, queue_limit_bytes=200_000_000, residuals_us=(1.0, -12.5, None, 7.0) * 15,
            tolerance_us=110.0,
        )  # fmt: skip
        return Sighted(head, None if name in self.lost else make_shot(pulse, shade=40 + 10 * len(name)))


def make_shot(pulse: int, shade: int) -> Shot:
    """A capture with all three images; the smaller ones are of ramps."""
    mode = DepthMode.NFOV_2X2BINNED
    width, height = mode.size
    depth = np.tile(np.linspace(0, 4000, width).astype(np.uint16), (height, 1))
    return Shot(
        pulse * PERIOD_US,
        ColorImage(lambda: jpeg(shade), ColorFormat.MJPG, SIZE),
        GrayImage(lambda: depth),
        GrayImage(lambda: np.full_like(depth, 900)),
        mode,
    )


def sign(text: str, device: str | None = None, severity: Severity = Severity.ERROR) -> Sign:
    """Something that is wrong."""
    return Sign(severity=severity, text=text, device=device)
