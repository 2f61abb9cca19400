"""The header of an Azure Kinect recording: what stands in the file before the first capture.

libk4arecord reads its settings from tags and track headers, so these follow what it writes itself, with
three differences that let it open a file whose writer was killed: the Segment has an unknown size, the tag
K4A_START_OFFSET_NS is there from the start, and a Void stands before Info (libk4arecord takes an offset of
zero as "there is no Info"). Source: `k4a_record_create` and `parse_recording_config` of the SDK.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass

from kinect_sync.rig.model import DeviceSettings
from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.tags import CALIBRATION_NAME, PIXELS, Identity, TrackPlan, build_tags, new_uid
from kinect_sync.version import __version__

TIMESTAMP_SCALE_NS = 1000
"""One unit of time in the file is 1 µs, as libk4arecord has it: device timestamps stay exact."""

MATROSKA_EPOCH_S = 978_307_200
"""Seconds from 1970-01-01 to 2001-01-01, where Matroska's dates begin."""

IMU_CODEC = "S_K4A/IMU"

_SEEK_ROOM = 256
# Each id with its size, as all cues have the same: one pack makes a whole one.
_CUE = struct.Struct(">BBBBQBBBBBBBQ")
_TRACK_VIDEO = 1
_TRACK_SUBTITLE = 17


@dataclass(frozen=True, slots=True)
class Header:
    """The bytes before the first cluster, and where in them things stand that the end of the take changes."""

    data: bytes
    segment_start: int
    """Where the Segment's payload begins: all positions in the file count from here."""
    segment_size_at: int
    seek_at: int
    duration_at: int
    positions: dict[int, int]
    """Id of each part of the header and its position in the Segment."""

    def closed(self, segment_end: int, duration_us: int, cues_at: int | None) -> bytes:
        """Return the head of the file, up to the end of Info, as it stands in a file that is complete.

        All changes lie within the first few hundred bytes, one page of the file, so that one write puts
        them in place together.
        """
        head = bytearray(self.data[: self.duration_at + _DURATION_ROOM])
        size = ebml.encode_size(segment_end - self.segment_start, 8)
        head[self.segment_size_at : self.segment_size_at + 8] = size
        seeks = [_seek(element_id, at) for element_id, at in self.positions.items()]
        if cues_at is not None:
            seeks.append(_seek(Id.CUES, cues_at - self.segment_start))
        seek_head = ebml.element(Id.SEEK_HEAD, *seeks)
        seek_head += ebml.void(_SEEK_ROOM - len(seek_head))
        head[self.seek_at : self.seek_at + _SEEK_ROOM] = seek_head
        head[self.duration_at :] = ebml.float64(Id.DURATION, float(duration_us))
        return bytes(head)


_DURATION_ROOM = len(ebml.float64(Id.DURATION, 0.0))


def build_header(
    settings: DeviceSettings, tracks: dict[str, TrackPlan], identity: Identity, start_offset_us: int
) -> Header:
    """Return the header of a recording whose times count from `start_offset_us` on the device's clock."""
    calibration_uid = new_uid()
    parts = {
        Id.INFO: _info(),
        Id.TRACKS: ebml.element(Id.TRACKS, *(_track_entry(track, settings.fps) for track in tracks.values())),
        Id.ATTACHMENTS: _attachments(identity, calibration_uid),
        Id.TAGS: build_tags(settings, tracks, identity, calibration_uid, start_offset_us),
    }
    return assemble_header(_ebml_head(), parts)


def assemble_header(ebml_head: bytes, parts: dict[int, bytes]) -> Header:
    """Put a header together of whole elements; Info, the first of them, ends with room for the duration."""
    start = ebml_head + ebml.encode_id(Id.SEGMENT)
    segment_start = len(start) + len(ebml.UNKNOWN_SIZE)
    positions, at = {}, _SEEK_ROOM
    for element_id, data in parts.items():
        positions[element_id] = at
        at += len(data)
    return Header(
        data=start + ebml.UNKNOWN_SIZE + ebml.void(_SEEK_ROOM) + b"".join(parts.values()),
        segment_start=segment_start,
        segment_size_at=len(start),
        seek_at=segment_start,
        duration_at=segment_start + _SEEK_ROOM + len(parts[Id.INFO]) - _DURATION_ROOM,
        positions=positions,
    )


def build_cues(points: Iterable[tuple[int, int, int]]) -> bytes:
    """Return the index of the file from (time in µs, track number, cluster's position in the Segment).

    All take as many bytes, and are made in one step each: of ten hours they are ready in a moment.
    """
    return ebml.element(Id.CUES, *(_cue(*point) for point in points))


def _cue(time_us: int, track: int, position: int) -> bytes:
    return _CUE.pack(
        Id.CUE_POINT, 0x80 | 25, Id.CUE_TIME, 0x88, time_us,
        Id.CUE_TRACK_POSITIONS, 0x80 | 13, Id.CUE_TRACK, 0x81, track, Id.CUE_CLUSTER_POSITION, 0x88, position,
    )  # fmt: skip


def _seek(element_id: int, position: int) -> bytes:
    return ebml.element(
        Id.SEEK,
        ebml.element(Id.SEEK_ID, ebml.encode_id(element_id)),
        ebml.uint(Id.SEEK_POSITION, position),
    )


def _ebml_head() -> bytes:
    return ebml.element(
        Id.EBML,
        ebml.uint(Id.EBML_VERSION, 1),
        ebml.uint(Id.EBML_READ_VERSION, 1),
        ebml.uint(Id.EBML_MAX_ID_LENGTH, 4),
        ebml.uint(Id.EBML_MAX_SIZE_LENGTH, 8),
        ebml.text(Id.DOC_TYPE, "matroska"),
        ebml.uint(Id.DOC_TYPE_VERSION, 2),
        ebml.uint(Id.DOC_TYPE_READ_VERSION, 2),
    )


def _info() -> bytes:
    since_epoch_ns = time.time_ns() - MATROSKA_EPOCH_S * 1_000_000_000
    return ebml.element(
        Id.INFO,
        ebml.uint(Id.TIMESTAMP_SCALE, TIMESTAMP_SCALE_NS),
        ebml.text(Id.MUXING_APP, f"ksync-{__version__}"),
        ebml.text(Id.WRITING_APP, f"ksync-{__version__}"),
        ebml.element(Id.DATE_UTC, struct.pack(">q", since_epoch_ns)),
        ebml.text(Id.TITLE, "Azure Kinect"),
        ebml.void(_DURATION_ROOM),
    )


def _track_entry(track: TrackPlan, fps: int) -> bytes:
    common = (
        ebml.uint(Id.TRACK_NUMBER, track.number),
        ebml.uint(Id.TRACK_UID, track.uid),
        ebml.uint(Id.TRACK_TYPE, _TRACK_SUBTITLE if track.pixels is None else _TRACK_VIDEO),
        ebml.text(Id.CODEC_ID, IMU_CODEC if track.pixels is None else "V_MS/VFW/FOURCC"),
        ebml.text(Id.TRACK_NAME, track.name),
    )
    if track.pixels is None:
        return ebml.element(Id.TRACK_ENTRY, *common)
    width, height = track.size
    return ebml.element(
        Id.TRACK_ENTRY,
        *common,
        ebml.element(
            Id.CODEC_PRIVATE, bitmap_info(track.size, track.pixels, image_nbytes=track.image_nbytes or 0)
        ),
        ebml.uint(Id.DEFAULT_DURATION, 1_000_000_000 // fps),
        ebml.element(Id.VIDEO, ebml.uint(Id.PIXEL_WIDTH, width), ebml.uint(Id.PIXEL_HEIGHT, height)),
    )


def bitmap_info(size: tuple[int, int], pixels: str, extradata: bytes = b"", image_nbytes: int = 0) -> bytes:
    """Return Microsoft's BITMAPINFOHEADER, 40 bytes, from which libk4arecord learns the pixel format.

    `pixels` is a key into `PIXELS`; `extradata` is what the decoder of a packed track must know.
    """
    fourcc, bits = PIXELS[pixels]
    fields = (40 + len(extradata), *size, 1, bits, fourcc, image_nbytes, 0, 0, 0, 0)
    return struct.pack("<IIIHH4sIIIII", *fields) + extradata


def _attachments(identity: Identity, uid: int) -> bytes:
    # Without a calibration the element stands empty: libk4arecord reads on through the whole file until it
    # has met one.
    if identity.calibration is None:
        return ebml.element(Id.ATTACHMENTS)
    return ebml.element(
        Id.ATTACHMENTS,
        ebml.element(
            Id.ATTACHED_FILE,
            ebml.text(Id.FILE_NAME, CALIBRATION_NAME),
            ebml.text(Id.FILE_MEDIA_TYPE, "application/octet-stream"),
            # The SDK hands out a C string; the file holds it without its final zero.
            ebml.element(Id.FILE_DATA, identity.calibration.rstrip(b"\0")),
            ebml.uint(Id.FILE_UID, uid),
        ),
    )
