"""Tracks and tags of an Azure Kinect recording: where libk4arecord looks for the device's settings.

Strings and targets are the SDK's own (`k4a_record_create`): its reader refuses a file with another spelling.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorFormat, DepthMode, Role
from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.packing.packings import PACKED, TRACK_TAGS, Packing

CALIBRATION_NAME = "calibration.json"
"""Name of the attachment with the factory calibration."""

# FourCC and bits per pixel of BITMAPINFOHEADER; `b16g` is 16 bit grey, big-endian, the last two are packed.
PIXELS: dict[str, tuple[bytes, int]] = {
    ColorFormat.MJPG.value: (b"MJPG", 24),
    ColorFormat.NV12.value: (b"NV12", 12),
    ColorFormat.YUY2.value: (b"YUY2", 16),
    ColorFormat.BGRA32.value: (b"BGRA", 32),
    "b16g": (b"b16g", 16),
    "MPNG": (b"MPNG", 16),
    "FFV1": (b"FFV1", 16),
}


@dataclass(frozen=True, slots=True)
class TrackPlan:
    """One track of the file to be written."""

    number: int
    uid: int
    name: str
    pixels: str | None = None
    """Key into `PIXELS`; None for the IMU."""
    size: tuple[int, int] = (0, 0)
    """(width, height) of the images."""

    @property
    def image_nbytes(self) -> int | None:
        """Bytes of every image before it is packed; None where they vary (MJPG) or there are none (IMU)."""
        if self.pixels is None or self.pixels == ColorFormat.MJPG.value:
            return None
        width, height = self.size
        return width * height * PIXELS[self.pixels][1] // 8


@dataclass(frozen=True, slots=True)
class Identity:
    """What the device says about itself, for the tags and the attachment."""

    color_firmware: str | None
    depth_firmware: str | None
    calibration: bytes | None


def plan_tracks(settings: DeviceSettings, packing: Packing | None = None) -> dict[str, TrackPlan]:
    """Return the tracks that a device with these settings fills, by the SDK's names and in its order.

    Those of depth and IR have another name where they are packed: libk4arecord would refuse the file.
    """
    wanted: list[tuple[str, str | None, tuple[int, int]]] = []
    if settings.has_color:
        wanted.append(("COLOR", settings.color_format.value, settings.color_resolution.size))
    if settings.has_depth:
        wanted.append(("DEPTH", "b16g", settings.depth_mode.size))
    if settings.has_ir:
        wanted.append(("IR", "b16g", settings.depth_mode.size))
    if settings.imu:
        wanted.append(("IMU", None, (0, 0)))
    plans = {
        name: TrackPlan(number, new_uid(), name, pixels, size)
        for number, (name, pixels, size) in enumerate(wanted, start=1)
    }
    return plans if packing is None else {name: _packed(plan, packing) for name, plan in plans.items()}


def _packed(plan: TrackPlan, packing: Packing) -> TrackPlan:
    if plan.name not in PACKED:
        return plan
    return replace(plan, name=packing.track_name(plan.name), pixels=packing.pixels)


def new_uid() -> int:
    """Return a new id of a track or attachment: 60 random bits, never 0, which is "no track" in a tag."""
    return secrets.randbits(60) | 1


def build_tags(
    settings: DeviceSettings,
    tracks: dict[str, TrackPlan],
    identity: Identity,
    calibration_uid: int,
    start_offset_us: int,
) -> bytes:
    """Return the tags of a file whose times count from `start_offset_us` on the device's clock."""
    tags = [tag for name, track in tracks.items() for tag in _track_tags(settings, name, track)]
    # Passive IR has no depth track that the mode could be a tag of.
    if settings.depth_mode is DepthMode.PASSIVE_IR:
        tags.append(build_tag("K4A_DEPTH_MODE", "PASSIVE_IR"))
    tags += [build_tag(name, value) for name, value in _device_tags(settings, identity).items()]
    if identity.calibration is not None:
        target = (ebml.text(Id.TARGET_TYPE, "ATTACHMENT"), ebml.uint(Id.TAG_ATTACHMENT_UID, calibration_uid))
        tags.append(build_tag("K4A_CALIBRATION_FILE", CALIBRATION_NAME, *target))
    tags.append(build_tag("K4A_START_OFFSET_NS", str(start_offset_us * 1000)))
    return ebml.element(Id.TAGS, *tags)


def _device_tags(settings: DeviceSettings, identity: Identity) -> dict[str, str]:
    tags: dict[str, str] = {}
    if settings.has_color and settings.has_ir:
        tags["K4A_DEPTH_DELAY_NS"] = str(settings.depth_delay_off_color_usec * 1000)
    tags["K4A_WIRED_SYNC_MODE"] = settings.role.value.upper()
    if settings.role is Role.SUBORDINATE:
        tags["K4A_SUBORDINATE_DELAY_NS"] = str(settings.subordinate_delay_off_master_usec * 1000)
    if identity.color_firmware is not None:
        tags["K4A_COLOR_FIRMWARE_VERSION"] = identity.color_firmware
    if identity.depth_firmware is not None:
        tags["K4A_DEPTH_FIRMWARE_VERSION"] = identity.depth_firmware
    tags["K4A_DEVICE_SERIAL_NUMBER"] = settings.serial
    return tags


def _track_tags(settings: DeviceSettings, name: str, track: TrackPlan) -> list[bytes]:
    """Return the tags of the track that the SDK calls `name`; of a packed one none that it would look at."""
    modes = {
        "COLOR": f"{PIXELS[settings.color_format.value][0].decode()}_{track.size[1]}P",
        "DEPTH": settings.depth_mode.value.upper(),
        "IR": "PASSIVE" if settings.depth_mode is DepthMode.PASSIVE_IR else "ACTIVE",
        "IMU": "ON",
    }
    target = (ebml.text(Id.TARGET_TYPE, "TRACK"), ebml.uint(Id.TAG_TRACK_UID, track.uid))
    track_tag = f"K4A_{name}_TRACK"
    if track.name != name:
        track_tag = TRACK_TAGS[track_tag]
    return [
        build_tag(track_tag, str(track.uid), *target),
        build_tag(f"K4A_{name}_MODE", modes[name], *target),
    ]


def build_tag(name: str, value: str, *target: bytes) -> bytes:
    """Return one tag; `target` says what it is about, and nothing stands for the whole file."""
    return ebml.element(
        Id.TAG,
        ebml.element(Id.TARGETS, *target),
        ebml.element(Id.SIMPLE_TAG, ebml.text(Id.TAG_NAME, name), ebml.text(Id.TAG_STRING, value)),
    )
