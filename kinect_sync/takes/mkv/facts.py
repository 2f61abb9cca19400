"""What the header of a recording says about its device, in the words of a rig file."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode, Role
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.elements import Element, ElementFile
from kinect_sync.takes.mkv.layout import MATROSKA_EPOCH_S, TIMESTAMP_SCALE_NS
from kinect_sync.takes.mkv.tags import PIXELS
from kinect_sync.takes.packing.packings import Packing, extradata_of, unpacked_name

_FORMATS = {PIXELS[pixels.value][0]: pixels for pixels in ColorFormat}
_RESOLUTIONS = {resolution.size: resolution for resolution in ColorResolution}
_NUMBER_NBYTES = 8
_TEXT_NBYTES = 1 << 16
_TRACK_NAMES = {"DEPTH_IR": "IR"}


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """The header of one track."""

    number: int
    name: str
    """`COLOR`, `DEPTH`, `IR`, `IMU` or a custom name."""
    codec_id: str
    width: int
    height: int
    fourcc: bytes
    """Pixel format, `b16g` for 16 bit big-endian; empty where the track has none."""
    frame_period_ns: int
    packing: Packing | None = None
    """What its images are packed with; None where they are as the SDK gave them."""
    extradata: bytes = b""
    """What the packing's decoder must know before the first image."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The header of a recording."""

    timestamp_scale_ns: int
    tags: Mapping[str, str]
    tracks: tuple[TrackFacts, ...]
    start_offset_us: int | None
    """Device time that the file's times count from, not limited to 32 bits as in libk4arecord; None where a
    recorder died before it wrote that down."""
    has_calibration: bool
    """Whether the factory calibration is attached."""
    writer: str
    """The program that wrote the file, as `ksync-0.1.0`; empty where it died before it wrote that down."""
    created_utc_ns: int | None
    """When recording began by the host's clock, in ns since 1970; libk4arecord gives whole seconds."""
    serial: str | None
    """Serial number of the device."""
    role: Role
    """Whether the device gave the pulse or followed; `standalone` where the file does not say."""
    depth_delay_off_color_usec: int
    """Depth came this much after (negative: before) color."""
    subordinate_delay_off_master_usec: int
    """The device came this much after its master's color."""
    depth_mode: DepthMode
    """Mode of the depth camera."""
    color_resolution: ColorResolution
    """Resolution of the color camera."""
    color_format: ColorFormat | None
    """Pixel format of color; None where color is off."""
    fps: int
    """Captures per second; 30 where only the IMU was recorded, as in the SDK."""

    def track(self, name: str) -> TrackFacts | None:
        """Return the track with a name, if the file has it."""
        return next((track for track in self.tracks if track.name == name), None)

    @property
    def packing(self) -> Packing | None:
        """What depth and IR are packed with; None where they are as the SDK gave them."""
        return next((track.packing for track in self.tracks if track.packing is not None), None)


def read_facts(file: ElementFile, parts: Mapping[int, Element]) -> Facts:
    """Read the header from its parts, each whole: Tracks and Tags, and Info and Attachments if there are.

    libk4arecord writes Info when it closes or flushes, so a file that it never flushed has none. Raises
    `ValueError`, `KeyError` or `IndexError` where they are not those of an Azure Kinect.
    """
    tags = _tags(file, parts[Id.TAGS])
    info = _children(file, parts[Id.INFO]) if Id.INFO in parts else {}
    writer = _text(file, info, Id.WRITING_APP)
    entries = file.children(parts[Id.TRACKS].payload, parts[Id.TRACKS].end)
    tracks = tuple(_track(file, entry) for entry in entries if entry.id == Id.TRACK_ENTRY)
    color = next((track for track in tracks if track.name == "COLOR"), None)
    periods = [track.frame_period_ns for track in tracks if track.frame_period_ns]
    return Facts(
        timestamp_scale_ns=_timestamp_scale_ns(file, info),
        tags=tags,
        tracks=tracks,
        start_offset_us=_start_offset_us(tags, finished=bool(info) and not writer.startswith("ksync")),
        has_calibration="K4A_CALIBRATION_FILE" in tags and Id.ATTACHMENTS in parts,
        writer=writer,
        created_utc_ns=_created_utc_ns(file, info),
        serial=tags.get("K4A_DEVICE_SERIAL_NUMBER"),
        role=Role(tags.get("K4A_WIRED_SYNC_MODE", "STANDALONE").lower()),
        depth_delay_off_color_usec=int(tags.get("K4A_DEPTH_DELAY_NS", "0")) // 1000,
        subordinate_delay_off_master_usec=int(tags.get("K4A_SUBORDINATE_DELAY_NS", "0")) // 1000,
        depth_mode=DepthMode(tags.get("K4A_DEPTH_MODE", "OFF").lower()),
        color_resolution=_RESOLUTIONS[color.width, color.height] if color else ColorResolution.OFF,
        color_format=_FORMATS[color.fourcc] if color else None,
        fps=1_000_000_000 // periods[0] if periods else 30,
    )


def _timestamp_scale_ns(file: ElementFile, info: Mapping[int, Element]) -> int:
    """Return Matroska's default where Info does not say, and libk4arecord's where there is no Info."""
    if not info:
        return TIMESTAMP_SCALE_NS
    scale_ns = _uint(file, info, Id.TIMESTAMP_SCALE) or 1_000_000
    if scale_ns > 1_000_000:
        raise ValueError(f"a unit of time of {scale_ns} ns")
    return scale_ns


def _start_offset_us(tags: Mapping[str, str], *, finished: bool) -> int | None:
    """Return the offset that the tag says, or 0 in a file that was finished without one, as the SDK does."""
    offset_ns = tags.get("K4A_START_OFFSET_NS", "0" if finished else None)
    if offset_ns is None:
        return None
    if not 0 <= int(offset_ns) < 2**63:
        raise ValueError(f"a start offset of {offset_ns} ns")
    return int(offset_ns) // 1000


def _created_utc_ns(file: ElementFile, info: Mapping[int, Element]) -> int | None:
    if Id.DATE_UTC not in info:
        return None
    since_2001_ns = int.from_bytes(_payload(file, info[Id.DATE_UTC], _NUMBER_NBYTES), "big", signed=True)
    return since_2001_ns + MATROSKA_EPOCH_S * 1_000_000_000


def _tags(file: ElementFile, tags: Element) -> dict[str, str]:
    found = {}
    for tag in file.children(tags.payload, tags.end):
        simple = _children(file, tag).get(Id.SIMPLE_TAG)
        if simple is not None:
            fields = _children(file, simple)
            found[_text(file, fields, Id.TAG_NAME)] = _text(file, fields, Id.TAG_STRING)
    return found


def _track(file: ElementFile, entry: Element) -> TrackFacts:
    fields = _children(file, entry)
    video = _children(file, fields[Id.VIDEO]) if Id.VIDEO in fields else {}
    private = _payload(file, fields[Id.CODEC_PRIVATE], _TEXT_NBYTES) if Id.CODEC_PRIVATE in fields else b""
    name, packing = unpacked_name(_text(file, fields, Id.TRACK_NAME))
    return TrackFacts(
        number=_uint(file, fields, Id.TRACK_NUMBER),
        name=_TRACK_NAMES.get(name, name),
        codec_id=_text(file, fields, Id.CODEC_ID),
        width=_uint(file, video, Id.PIXEL_WIDTH),
        height=_uint(file, video, Id.PIXEL_HEIGHT),
        fourcc=struct.unpack_from("4s", private, 16)[0] if len(private) == 40 or packing else b"",
        frame_period_ns=_uint(file, fields, Id.DEFAULT_DURATION),
        packing=packing,
        extradata=extradata_of(private) if packing else b"",
    )


def _children(file: ElementFile, parent: Element) -> dict[int, Element]:
    return {child.id: child for child in file.children(parent.payload, parent.end)}


def _uint(file: ElementFile, fields: Mapping[int, Element], element_id: int) -> int:
    if element_id not in fields:
        return 0
    return int.from_bytes(_payload(file, fields[element_id], _NUMBER_NBYTES), "big")


def _text(file: ElementFile, fields: Mapping[int, Element], element_id: int) -> str:
    if element_id not in fields:
        return ""
    return _payload(file, fields[element_id], _TEXT_NBYTES).rstrip(b"\0").decode()


def _payload(file: ElementFile, element: Element, most_nbytes: int) -> bytes:
    """Read a payload; `ValueError` where a size that was damaged would make it the rest of the file."""
    if element.end - element.payload > most_nbytes:
        raise ValueError(f"the element {element.id:#x} at {element.start} is too large")
    return file.payload(element)
