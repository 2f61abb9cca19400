"""The head of a bundle: everything that a page shows but the pictures, as values that become JSON."""

from __future__ import annotations

from enum import Enum
from typing import Literal

from pydantic import Field

from kinect_sync.findings import Severity
from kinect_sync.values import Value
from kinect_sync.verdicts import Verdict


class ViewState(str, Enum):
    """What is looked at."""

    WAITING = "waiting"
    """Nothing is there yet."""
    RECORDING = "recording"
    """A take that is being recorded."""
    SHOWN = "shown"
    """A rig before a take: nothing is kept."""
    ENDED = "ended"
    """A take that nobody records any more."""
    UNREADABLE = "unreadable"
    """What is there is no take, or can't be read."""

    def __str__(self) -> str:
        """Return the word as it stands in the head."""
        return str(self.value)


class PictureHead(Value):
    """One picture: where its bytes stand, counted from the end of the head."""

    offset: int = 0
    nbytes: int = 0
    """0 where the picture is not in this bundle: see `same` and `broken`."""
    type: str = ""
    """`image/jpeg` or `image/png`."""
    width: int = 0
    height: int = 0
    """Of the picture as it is sent, which may be smaller than the image."""
    same: bool = False
    """Whether it is the one that the client said it has."""
    broken: str | None = None
    """Why there is none, where there should be."""


class ColorHead(PictureHead):
    """A picture of color; shares are 0 to 1, and measured less often than pictures are shown."""

    clipped: float | None = None
    """Share of pixels that are as bright as can be."""
    dark: float | None = None
    """Share of pixels that are nearly black."""


class DepthHead(PictureHead):
    """A picture of depth; shares are of the pixels that are seen at all, 0 to 1, together 1."""

    coverage: float | None = None
    """Share that has depth."""
    saturated: float | None = None
    """Share without: too much light."""
    too_dark: float | None = None
    """Share without: too little light."""
    other: float | None = None
    """Share without, for another reason: edges, several ways of the light, or another device's laser."""
    near_mm: int
    """What the first color of the palette stands for, and all that is nearer."""
    far_mm: int
    """What the last one stands for, and all that is farther. Without depth a pixel is transparent."""


class BoardHead(Value):
    """What a device saw of the board that is carried through the rig, at the places that count."""

    words: str
    """How many places, which part of its image, and how many of them it shares with whom."""
    covered: tuple[str, ...]
    """Rows of cells of its image, of color or else IR: `1` where the board was, `0` where it was not."""


class DeviceHead(Value):
    """One device."""

    name: str
    role: str | None
    """`master`, `subordinate` or `standalone`; null where nothing tells yet."""
    host: str | None = None
    """The other computer that it is connected to; null where that is the viewer's own."""
    elsewhere: bool = False
    """Whether its pictures are on that host, and nobody has sent them."""
    stamp: int | None = None
    """Names its newest capture: the device's time in µs. What a client says with `since`."""
    pulse: int | None = None
    """The pulse of this capture."""
    age_s: float | None = None
    """How long ago it was taken; null of a take that has ended."""
    drops: int | None = None
    """Pulses without a whole capture of it, so far."""
    holes: dict[str, int] = Field(default_factory=dict)
    """The same, by reason."""
    hole: str | None = None
    """Why it has no whole capture of the pulse that was asked for; null where it has one."""
    queue_bytes: int | None = None
    """The most that waited for the disk within the last second."""
    queue_limit_bytes: int | None = None
    """From where on captures are dropped."""
    residuals_us: tuple[float | None, ...] = ()
    """Observed - expected of the last pulses, the newest last, without what clocks drift apart; null where
    there is no capture."""
    tolerance_us: float | None = None
    """How far they may be off."""
    color: ColorHead | None = None
    depth: DepthHead | None = None
    ir: PictureHead | None = None
    """Null where it was not asked for, too."""
    problem: str | None = None
    """Why nothing of it can be read."""
    hint: str | None = None
    """What may be the matter with its depth."""
    board: BoardHead | None = None
    """Null where no board is looked for."""


class Sign(Value):
    """Something that an operator has to see at once."""

    severity: Severity
    text: str
    """In one sentence, with the next step."""
    device: str | None = None
    code: str | None = None
    """The finding that it is, where it is one."""


class WholeHead(Value):
    """The rig as a whole."""

    verdict: Verdict | None = None
    """So far, in the word of a report; null where nothing tells."""
    words: str
    """The same as one says it, or why there is none."""
    rows: int | None = None
    """Pulses that were decided; null where none were, as of devices that run each by itself."""
    complete: int | None = None
    """Those of them that every device captured whole."""
    mb_s: float | None = None
    """How fast all files grow, in 10^6 bytes per second."""
    disk_minutes: float | None = None
    """How long the disk has room, at that rate."""
    signs: tuple[Sign, ...] = ()
    """The worst first."""
    board: str | None = None
    """How many places of the board count, and whether they are enough; null where none is looked for."""


class Head(Value):
    """One answer to one pull."""

    version: Literal[1] = 1
    state: ViewState
    name: str
    """Of the take or the rig."""
    whole: WholeHead
    span: tuple[int, int] | None = None
    """First and last pulse that can be asked for."""
    devices: tuple[DeviceHead, ...] = ()
