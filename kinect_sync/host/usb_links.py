"""Judges how the Kinects are connected: speed, missing cameras, shared links and controllers.

Figures. USB 2 moves at most 60 MB/s, and the depth camera alone sends 50 to 159 MB/s at full rate. A
5 Gbit/s link carries at most 500 MB/s (8b/10b code), a 10 Gbit/s link 1212 (128b/132b). Microsoft recommends
one host controller per device; its engineers saw three devices at 30 fps on one. Reports say that more than
five devices do not always all enumerate (SDK issue 1756), and that ASMedia's controllers make trouble
(SDK issues 397, 936, 1035). The limit for one controller is a rule of thumb.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kinect_sync.findings.host import (
    USB_CAMERA_MISSING,
    USB_CONTROLLER,
    USB_CONTROLLER_MAKER,
    USB_LINK,
    USB_LINK_SHARED,
    USB_NUMBER,
)
from kinect_sync.host.checks import CheckResult, ok, problem, unknown, warning
from kinect_sync.host.usb import DEVICES, KinectLink
from kinect_sync.rig.facts import Rate, RigFacts

USB_3_MBPS = 5000
LINK_BYTES_PER_S = {5_000: 500_000_000, 10_000: 1_212_000_000, 20_000: 2_424_000_000}
"""What a link can carry after line coding, by its speed in Mbit/s."""
CONTROLLER_BYTES_PER_S = 400_000_000
"""What one controller takes in without trouble: a rule of thumb."""
ENUMERATES = 5
"""As many devices on one computer as reports find reliable: a rule of thumb."""
_TROUBLESOME = "ASMedia"


def judge_links(kinects: Sequence[KinectLink], facts: RigFacts | None) -> tuple[CheckResult, ...]:
    """Judge every Kinect's link, and what several of them share."""
    if not kinects:
        return (
            unknown(
                USB_LINK,
                f"no Azure Kinect is in {DEVICES}, so there is no link to judge",
                "plug in power and USB, and look whether `lsusb -d 045e:` lists it",
            ),
        )
    plan = _Plan(facts)
    return (
        *(each for kinect in kinects for each in _judge_one(kinect, plan)),
        *_judge_shared_links(kinects, plan),
        *_judge_controllers(kinects, plan),
        *_judge_number(kinects),
    )


class _Plan:
    """What the rig says about a Kinect: its name, and what it will send."""

    def __init__(self, facts: RigFacts | None) -> None:
        self._devices = {device.serial: device for device in facts.devices} if facts else {}

    def name(self, kinect: KinectLink) -> str:
        device = self._devices.get(kinect.serial or "")
        return device.name if device else kinect.serial or f"port {kinect.port}"

    def names(self, kinects: Sequence[KinectLink]) -> str:
        return ", ".join(f"`{self.name(kinect)}`" for kinect in kinects)

    def rate(self, kinects: Sequence[KinectLink]) -> Rate | None:
        """What these Kinects send together; None where the rig does not name them all."""
        total = Rate(low=0, high=0)
        for kinect in kinects:
            device = self._devices.get(kinect.serial or "")
            if device is None:
                return None
            total += device.usb
        return total


def _judge_one(kinect: KinectLink, plan: _Plan) -> Iterator[CheckResult]:
    name, speed = plan.name(kinect), kinect.speed_mbps
    where = f"port {kinect.port}, controller {_controller(kinect)}"
    lacking = [word for word, there in _cameras(kinect) if not there]
    if lacking:
        yield problem(
            USB_CAMERA_MISSING,
            f"it is on {where}, but its {' and '.join(lacking)} is not on the bus",
            device=name,
        )
    if speed is None:
        yield unknown(USB_LINK, f"on {where}; its speed can't be read", "look at `lsusb -t`", name)
    elif speed < USB_3_MBPS:
        yield problem(USB_LINK, f"on {where}, at {speed} Mbit/s: USB 2 is too slow for depth", device=name)
    elif not lacking:
        yield ok(USB_LINK, f"{speed / 1000:g} Gbit/s on {where}", name)


def _cameras(kinect: KinectLink) -> tuple[tuple[str, bool], ...]:
    return (("depth camera", kinect.has_depth), ("color camera", kinect.has_color))


def _judge_shared_links(kinects: Sequence[KinectLink], plan: _Plan) -> Iterator[CheckResult]:
    for place, sharing in _by(kinects, [(kinect.controller, kinect.root_port) for kinect in kinects]):
        if len(sharing) < 2:
            continue
        told = f"{plan.names(sharing)} hang on one port, {place[1]}, behind a hub"
        rate = plan.rate(sharing)
        limit = LINK_BYTES_PER_S.get(max(kinect.speed_mbps or 0 for kinect in sharing))
        if rate and limit and rate.low > limit:
            needed = f"they send {_megabytes(rate)}, and the link carries {limit / 1e6:.0f}"
            yield problem(USB_LINK_SHARED, f"{told}: {needed}")
        else:
            yield warning(USB_LINK_SHARED, told)


def _judge_controllers(kinects: Sequence[KinectLink], plan: _Plan) -> Iterator[CheckResult]:
    for _, sharing in _by(kinects, [kinect.controller for kinect in kinects]):
        first = sharing[0]
        rate = plan.rate(sharing)
        told = f"controller {_controller(first)} serves {plan.names(sharing)}"
        told += f", which send {_megabytes(rate)}" if rate else ""
        if len(sharing) > 1:
            yield _shared_controller(told, rate)
        else:
            yield ok(USB_CONTROLLER, told)
        if first.maker == _TROUBLESOME:
            yield warning(USB_CONTROLLER_MAKER, f"{told}; ASMedia's are known for lost streams")


def _shared_controller(told: str, rate: Rate | None) -> CheckResult:
    if rate is None:
        return warning(USB_CONTROLLER, f"{told}; what they send is unknown without the rig")
    limit = f"{CONTROLLER_BYTES_PER_S / 1e6:.0f} MB/s"
    if rate.high > CONTROLLER_BYTES_PER_S:
        return warning(USB_CONTROLLER, f"{told}: more than the {limit} that one takes safely")
    return warning(USB_CONTROLLER, f"{told}: within {limit}, yet one each is recommended")


def _judge_number(kinects: Sequence[KinectLink]) -> Iterator[CheckResult]:
    if len(kinects) > ENUMERATES:
        yield warning(
            USB_NUMBER,
            f"{len(kinects)} Kinects on one computer: with more than {ENUMERATES} not all are always found",
        )


def _by(
    kinects: Sequence[KinectLink], keys: Sequence[object]
) -> Iterator[tuple[tuple[object, ...], list[KinectLink]]]:
    """Group by key, in the order of first appearance."""
    groups: dict[object, list[KinectLink]] = {}
    for key, kinect in zip(keys, kinects, strict=True):
        groups.setdefault(key, []).append(kinect)
    for key, group in groups.items():
        yield key if isinstance(key, tuple) else (key,), group


def _controller(kinect: KinectLink) -> str:
    return f"{kinect.controller} ({kinect.maker})" if kinect.maker else kinect.controller


def _megabytes(rate: Rate) -> str:
    low, high = rate.low / 1e6, rate.high / 1e6
    return f"{low:.0f} MB/s" if rate.is_exact else f"{low:.0f} to {high:.0f} MB/s"
