"""The Kinects on the bus with what the rig says of them: their names, and what they will send."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from kinect_sync.doctor.examination import Examination
from kinect_sync.host.usb import KinectLink
from kinect_sync.rig.facts import Rate

Key = TypeVar("Key")


class Plugged(NamedTuple):
    """One Kinect on the bus."""

    link: KinectLink
    name: str
    """The rig's word for it, or else its serial, or else its port."""
    sends: Rate | None
    """What it will send, in bytes per second; None where the rig does not name it."""

    @property
    def controller(self) -> str:
        """Its host controller, with who made it where that is known."""
        maker = self.link.maker
        return f"{self.link.controller} ({maker})" if maker else self.link.controller


def plugged_kinects(examination: Examination) -> tuple[Plugged, ...]:
    """Return the Kinects on the bus, in the order of their ports."""
    devices = {each.serial: each for each in examination.facts.devices} if examination.facts else {}
    return tuple(
        Plugged(
            link=link,
            name=device.name if device else link.serial or f"port {link.port}",
            sends=device.usb if device else None,
        )
        for link in examination.bus.kinects
        for device in (devices.get(link.serial or ""),)
    )


def sharing(
    kinects: Sequence[Plugged], what: Callable[[Plugged], Key]
) -> Iterator[tuple[Key, tuple[Plugged, ...]]]:
    """Group Kinects by what they share, in the order of first appearance."""
    for key in dict.fromkeys(map(what, kinects)):
        yield key, tuple(kinect for kinect in kinects if what(kinect) == key)


def named(kinects: Sequence[Plugged]) -> str:
    """Write their names: `front`, `left`."""
    return ", ".join(f"`{kinect.name}`" for kinect in kinects)


def sent_by(kinects: Sequence[Plugged]) -> Rate | None:
    """Return what they send together; None where the rig does not name them all."""
    total = Rate(low=0, high=0)
    for kinect in kinects:
        if kinect.sends is None:
            return None
        total += kinect.sends
    return total


def rate_text(rate: Rate) -> str:
    """Write a rate in MB/s, an estimate as a range."""
    low, high = rate.low / 1e6, rate.high / 1e6
    return f"{low:.0f} MB/s" if rate.is_exact else f"{low:.0f} to {high:.0f} MB/s"
