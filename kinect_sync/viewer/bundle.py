"""One answer for all devices: what a page pulls, again and again. Head and pictures, in one piece.

A browser pulls the next one when it has shown this one, so that nothing piles up on a slow line; and one
answer for nine cameras needs one connection, of which a browser opens six.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kinect_sync.viewer.darkroom import Broken, Darkroom
from kinect_sync.viewer.head import ColorHead, DepthHead, DeviceHead, Head, PictureHead
from kinect_sync.viewer.measuring import Health
from kinect_sync.viewer.pictures import DEPTH_RANGES_MM, Picture
from kinect_sync.viewer.shots import Part, Shot
from kinect_sync.viewer.signs import laser_hint, ordered, picture_signs
from kinect_sync.viewer.sources import Sighted, Source

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asks for."""

    small: bool = False
    """Whether color is wanted at a quarter of its size, for a slow line."""
    ir: frozenset[str] = frozenset()
    """Devices whose IR is wanted too."""
    pulse: int | None = None
    """The pulse to look at; None for the newest of each device."""
    since: Mapping[str, int] = field(default_factory=dict)
    """By device, the stamp of the capture whose pictures the client has: they are not sent again.

    Who asks for other pictures than before, small ones or IR, leaves the device out.
    """


@dataclass(frozen=True, slots=True)
class Bundle:
    """Head and pictures."""

    head: Head
    payload: tuple[Part, ...] = ()
    """The pictures, in the order in which the head counts them."""
    seen: Mapping[str, Sighted] = field(default_factory=dict, compare=False)
    """How the source saw each device, for whoever completes this with what hosts show; it is not sent."""

    def parts(self) -> tuple[Part, ...]:
        """Return it as it is sent: length of the head in four bytes, little-endian, and head; pictures."""
        head = self.head.model_dump_json().encode()
        return _LENGTH.pack(len(head)) + head, *self.payload

    def to_bytes(self) -> bytes:
        """Return the same in one piece; ValueError or OSError where a file has lost a picture meanwhile."""
        return joined(self.parts())

    @classmethod
    def from_bytes(cls, data: bytes) -> Bundle:
        """Read what `to_bytes` wrote; ValueError where it is something else."""
        if len(data) < _LENGTH.size:
            raise ValueError("a bundle ends before its head")
        (nbytes,) = _LENGTH.unpack_from(data)
        begin = _LENGTH.size + nbytes
        return cls(Head.model_validate_json(data[_LENGTH.size : begin]), (data[begin:],))


def joined(parts: Iterable[Part]) -> bytes:
    """Return parts in one piece, read where they are in files; raises as `StoredImage.read`."""
    return b"".join(part if isinstance(part, bytes) else part.read() for part in parts)


def make_bundle(source: Source, wanted: Wanted) -> Bundle:
    """Look at a source, and return what a client wants of it; never raises for what the source may be."""
    sight = source.look(wanted.pulse)
    packing = _Packing(source.darkroom, wanted)
    devices = tuple(packing.device(each) for each in sight.devices)
    whole = sight.head.whole
    signs = ordered((*whole.signs, *picture_signs(devices)))
    told = {"devices": devices, "whole": whole.model_copy(update={"signs": signs})}
    seen = {each.head.name: each for each in sight.devices}
    return Bundle(sight.head.model_copy(update=told), tuple(packing.payload), seen)


class _Packing:
    """Puts the pictures that are wanted one behind the other."""

    def __init__(self, darkroom: Darkroom, wanted: Wanted) -> None:
        self._darkroom, self._wanted = darkroom, wanted
        self.payload: list[Part] = []
        self._nbytes = 0

    def device(self, seen: Sighted) -> DeviceHead:
        """Return a device's head with its pictures."""
        name, shot, wanted = seen.head.name, seen.shot, self._wanted
        if shot is None:
            return seen.head
        prints = self._darkroom.prints(name, shot)
        same = wanted.since.get(name) == shot.device_us
        health = self._darkroom.health(name, prints, exact=wanted.pulse is not None)
        color = self._place(prints.color(small=wanted.small), same=same)
        depth = self._place(prints.depth(), same=same)
        ir = self._place(prints.ir(), same=same) if name in wanted.ir else None
        depth_head = None if depth is None else _depth_head(depth, health, shot)
        return seen.head.model_copy(
            update={
                "stamp": shot.device_us,
                "color": None if color is None else ColorHead(**color, **health.color),
                "depth": depth_head,
                "ir": None if ir is None else PictureHead(**ir),
                "hint": laser_hint(depth_head, seen.meets),
            }
        )

    def _place(self, picture: Picture | Broken | None, *, same: bool) -> dict[str, Any] | None:
        """Put a picture behind the others; return what the head says of it, None where there is none."""
        if picture is None:
            return None
        if isinstance(picture, Broken):
            return {"broken": picture.why}
        told = {"type": str(picture.type), "width": picture.width, "height": picture.height, "same": same}
        if same:
            return told
        offset, nbytes = self._nbytes, len(picture.data)
        self.payload.append(picture.data)
        self._nbytes += nbytes
        return {**told, "offset": offset, "nbytes": nbytes}


def _depth_head(told: dict[str, Any], health: Health, shot: Shot) -> DepthHead:
    near_mm, far_mm = DEPTH_RANGES_MM[shot.depth_mode]
    return DepthHead(**told, **health.depth, near_mm=near_mm, far_mm=far_mm)
