"""What a program asks an agent while a rig runs: the captures of its devices, as they come.

Nobody has to command a host for that, and nothing is changed by it. An answer has the labels of captures, and
beside it their images: color as the camera gave it, depth and IR as PNG. What does not get across in time is
overwritten where it is, and is missing here: a host that records waits for nobody.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kinect_sync.timing.alignment import HoleReason
from kinect_sync.values import Value
from kinect_sync.wire.files import Text
from kinect_sync.wire.pictures import MOST_DEVICES

MOST_SENT_NBYTES = 32 << 20
"""Of images in one answer, but for a capture that is larger alone: a message has 64 MB at most."""

Number = Annotated[int, Field(ge=1, lt=2**63)]
Count = Annotated[int, Field(ge=0, lt=2**63)]
Moment = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""On some clock; bounded as in memory, as one reckons with it."""


class WantedCaptures(Value):
    """Which captures of a device are wanted."""

    device: Text
    """Name of the device."""
    ring: Text | None = None
    """The ring of which captures came before; None for whichever there is."""
    after: Count = 0
    """The number up to which captures came, or never will."""


class SendCaptures(Value):
    """Send what devices captured, the oldest pulse first; answered by `SentCaptures`.

    Where there is nothing new, the answer waits for it a moment.
    """

    kind: Literal["send_captures"] = "send_captures"
    asker: Text | None = None
    """Whoever has several of these under way, told from every other: what was sent to it is not sent again,
    though it could not say yet that it came. It takes another name where an answer did not come. None where
    `after` says all."""
    wanted: Annotated[tuple[WantedCaptures, ...], Field(max_length=MOST_DEVICES)]
    within_ms: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    """How old a capture may be: one that is older comes too late for its row, and is in the way of others."""


class SentImage(Value):
    """An image; its bytes come beside the answer, in the order in which images are told."""

    nbytes: Count
    device_us: Moment
    """Centre of exposure on the device's clock."""
    system_ns: Moment
    """When it came over USB, on the steady clock of its host."""
    exposure_us: Count | None


class SentCapture(Value):
    """A capture: its label, and what is told of its images."""

    device: str
    number: Number
    pulse: Count | None
    """None for a capture that is in no row; it has no images here."""
    hole: HoleReason | None
    host_time_ns: Moment
    """When its host received it, on the steady clock there."""
    color: SentImage | None
    """As the camera gave it."""
    depth: SentImage | None
    """As PNG, which is unpacked without loss."""
    ir: SentImage | None

    @property
    def images(self) -> tuple[SentImage, ...]:
        """Those that are there, in the order of their bytes."""
        return tuple(each for each in (self.color, self.depth, self.ir) if each is not None)


class SentRing(Value):
    """How it stands with a device's ring."""

    device: str
    ring: str
    """Its name, told from every other one."""
    captures: Number
    """How many it holds."""
    newest: Count
    """The number of the newest."""
    upto: Count
    """Up to which number captures came with this answer or before, or never will."""


class SentCaptures(Value):
    """Captures, with the bytes of their images beside it."""

    kind: Literal["sent_captures"] = "sent_captures"
    rings: tuple[SentRing, ...] = ()
    """Of each device that was asked for; a device without a ring is not there."""
    captures: tuple[SentCapture, ...] = ()
