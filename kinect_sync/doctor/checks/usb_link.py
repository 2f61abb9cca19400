"""How each Kinect is connected: at what speed, and with both cameras or not.

USB 2 moves at most 60 MB/s, and the depth camera alone sends 50 to 159 MB/s at full rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.plugged import Plugged, plugged_kinects
from kinect_sync.doctor.results import CheckResult, ok, problem, unknown
from kinect_sync.findings import model as declare
from kinect_sync.host.usb import DEVICES
from kinect_sync.host.view import reason

USB_3_MBPS = 5000

USB_LINK = declare.answer(
    "usb-link",
    "A device hangs on a link that is too slow for it, or its link can't be told.",
    "use the cable that came with it, and a USB 3 port of the computer itself, without extension",
)
USB_CAMERA_MISSING = declare.answer(
    "usb-camera-missing",
    "One of a device's two cameras is not on the bus.",
    "plug its power supply in (an amber light means too little power), then replug USB 3",
)


def run(it: Examination) -> Iterable[CheckResult]:
    """Judge every Kinect's link, or say why nobody can."""
    kinects = plugged_kinects(it)
    if not kinects:
        return (_untold(it),)
    return (result for kinect in kinects for result in _judge(kinect))


def _untold(it: Examination) -> CheckResult:
    if it.facts is not None and not it.knows_usb:
        label = it.facts.hardware.profile.label
        told = f"ksync knows the USB devices of Azure Kinects, not those of a {label}"
        return unknown(USB_LINK, told, "look at `lsusb -t`: 5000M or more for each camera")
    if not it.host.is_linux:
        told = f"ksync cannot read the USB topology on {it.host.system}"
        look = "look at the Device Manager by connection: one USB 3 host controller per camera"
        return unknown(USB_LINK, told, look)
    if it.bus.unreadable is not None:
        told = f"{DEVICES} can't be read: {reason(it.bus.unreadable)}"
        look = "run ksync on the computer that the cameras are plugged into, outside of any container"
        return unknown(USB_LINK, told, look)
    told = f"no Azure Kinect is in {DEVICES}, so there is no link to judge"
    return unknown(USB_LINK, told, "plug in power and USB, and look whether `lsusb -d 045e:` lists it")


def _judge(kinect: Plugged) -> Iterator[CheckResult]:
    link, speed = kinect.link, kinect.link.speed_mbps
    where = f"port {link.port}, controller {kinect.controller}"
    cameras = (("depth camera", link.has_depth), ("color camera", link.has_color))
    lacking = [word for word, there in cameras if not there]
    if lacking:
        told = f"it is on {where}, but its {' and '.join(lacking)} is not on the bus"
        yield problem(USB_CAMERA_MISSING, told, device=kinect.name)
    if speed is None:
        yield unknown(USB_LINK, f"on {where}; its speed can't be read", "look at `lsusb -t`", kinect.name)
    elif speed < USB_3_MBPS:
        told = f"on {where}, at {speed} Mbit/s: USB 2 is too slow for depth"
        yield problem(USB_LINK, told, device=kinect.name)
    elif not lacking:
        yield ok(USB_LINK, f"{speed / 1000:g} Gbit/s on {where}", kinect.name)


CHECK = check.Check("usb-link", check.USB, 10, run)
