"""What stands in the heads of a stream's messages; the text under each field is its documentation.

Fields are written in this order, without white space between them, and each is always there: a program may
look for `"pulse":` and needs no library for JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from kinect_sync.calibration.rig_calibration import CalibratedDevice
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.streaming.framing import Place
from kinect_sync.streaming.row_reader import Mode
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.values import Value

ImagePlace = tuple[int, int, int, int]
"""From the payload's first byte, bytes, width and height in pixels."""


class DeviceHead(Value):
    """One device of a stream, as it was started."""

    name: str
    """The operator's word for the device."""
    host: str | None
    """The other computer that it is connected to; null for this one."""
    settings: DeviceSettings
    """What it was started with: the format of its color, the modes of its cameras, its delays."""
    geometry: DeviceGeometry | None
    """Its lenses in these modes, and how its cameras stand to one another, by the factory's calibration; null
    where the device tells none that can be used."""
    calibration: Place | None
    """Where the payload has the factory's calibration, the JSON text that the device holds: from the
    payload's first byte, and how many bytes. null where it tells none."""
    place: CalibratedDevice | None
    """Where its cameras are in the world of the rig's calibration; null where that does not know the device,
    or there is none."""


class BeginHead(Value):
    """The first message to each client, when the rig runs."""

    kind: Literal["begin"] = "begin"
    """Which message it is."""
    version: Literal[1] = 1
    """Of this framing."""
    ksync: str
    """Version of ksync that sends it."""
    rig: str
    """Name of the rig."""
    fps: int
    """Rows in a second."""
    mode: Mode
    """`every`: each row that the client has time for; `newest`: the newest whole one whenever it has time."""
    reference: str
    """The device that the others are held against: residuals are from its pulse."""
    take: str | None
    """Folder of the take that is recorded meanwhile; null where nothing is kept."""
    devices: tuple[DeviceHead, ...]
    """The devices, in the rig's order, which each row keeps."""


class CaptureHead(Value):
    """What one device captured of a pulse; a hole where that is not whole."""

    name: str
    """The operator's word for the device."""
    hole: HoleReason | None
    """Why it is not whole, in a word of [alignment.csv](take.md); null where it is."""
    color_timestamp_us: int | None
    """Centre of the color exposure on the device's clock; null without a color image."""
    depth_timestamp_us: int | None
    """Centre of the depth exposure, or of IR where depth is off; null without either."""
    host_time_ns: int | None
    """When it reached its host, on the steady clock there; null where nobody knows."""
    residual_us: float | None
    """Observed - expected device timestamp, against the reference device; positive is late. null where either
    is missing."""
    color: ImagePlace | None = None
    """Color as the camera gave it, a whole JPEG where its format is `mjpg`: where it begins in the payload,
    its bytes, width and height. null where there is none."""
    depth: ImagePlace | None = None
    """Depth in mm along the camera's axis, 0 where it is unknown: as above, two bytes for each pixel, row by
    row, the lower byte first."""
    ir: ImagePlace | None = None
    """Brightness in infrared, as depth."""


class RowHead(Value):
    """One pulse: what every device captured of it."""

    kind: Literal["row"] = "row"
    """Which message it is."""
    pulse: int
    """The pulse, counted from the first common one, as in a take."""
    complete: bool
    """Whether every device has a whole capture."""
    missed: int
    """Rows between the one before and this one that the client was too slow for."""
    skipped: int
    """Rows between them that mode `newest` passed over."""
    age_ms: float | None
    """How long before it was sent its last capture had been delivered; null of a row without captures."""
    devices: tuple[CaptureHead, ...]
    """A capture of each device, in the order of `begin`."""


class EndHead(Value):
    """The last message: the rig has ended, and nothing else follows."""

    kind: Literal["end"] = "end"
    """Which message it is."""
    missed: Annotated[int, Field(ge=0)] = 0
    """Rows after the last one that the client was too slow for."""
    report: Mapping[str, Any] | None = None
    """What `ksync stream --json` prints, [the report](reports.md#stream); null where it was interrupted
    before anything ran."""
