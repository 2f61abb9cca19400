"""Which Kinect hangs on which USB host controller and bus, and at what speed, from Linux's sysfs.

An Azure Kinect is five USB devices of Microsoft's (045E): two hubs, the depth camera, the color camera and
the microphones (097A to 097E; `99-k4a.rules` of the SDK). The cameras belong on the SuperSpeed side of the
hub; with a bad cable or port they turn up beside the microphones on the USB 2 side, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinect_sync.host.view import Host, read_text
from kinect_sync.values import Value

DEVICES = "/sys/bus/usb/devices"
_VENDOR = "045e"
_HUBS = ("097a", "097b")
_DEPTH = "097c"
_COLOR = "097d"
_PRODUCTS = (*_HUBS, _DEPTH, _COLOR, "097e")
_MAKERS = {
    "0x8086": "Intel",
    "0x104c": "Texas Instruments",
    "0x1912": "Renesas",
    "0x1033": "Renesas",
    "0x1022": "AMD",
    "0x1b21": "ASMedia",
    "0x1b73": "Fresco Logic",
    "0x1106": "VIA",
    "0x10de": "NVIDIA",
}
"""PCI vendors of host controllers."""


class KinectLink(Value):
    """How one Kinect is connected."""

    serial: str | None
    """The serial number that its USB devices tell; null where they tell none."""
    port: str
    """Where it is plugged in, as Linux names it: bus 2, port 6 is `2-6`."""
    speed_mbps: int | None
    """Speed of its cameras' link in Mbit/s: 5000 is USB 3, 480 is USB 2; null where it can't be read."""
    controller: str
    """The host controller, by its place: `0000:00:14.0`."""
    maker: str | None
    """Who made the controller, where that is known."""
    has_depth: bool
    """Whether the depth camera is there."""
    has_color: bool
    """Whether the color camera is there."""
    nodes: tuple[str, ...]
    """The device nodes of its cameras: `/dev/bus/usb/002/005`."""

    @property
    def root_port(self) -> str:
        """The port of the controller itself, before any hub; what hangs on it shares one link."""
        return self.port.split(".")[0]


@dataclass(frozen=True)
class _Function:
    """One of the USB devices that a Kinect is made of."""

    port: str
    product: str
    serial: str | None
    speed_mbps: int | None
    bus: int | None
    number: int | None
    place: Path

    @property
    def is_camera(self) -> bool:
        return self.product in (_DEPTH, _COLOR)


def find_kinects(host: Host) -> tuple[KinectLink, ...]:
    """Find every Kinect on the USB buses; OSError where the list of USB devices can't be read."""
    functions = sorted(_functions(host.path(DEVICES)), key=lambda function: _order(function.port))
    return tuple(_link(group) for group in _group(functions) if _is_kinect(group))


def usb_serials(host: Host) -> frozenset[str]:
    """Return the serials that the buses tell without opening a device; empty where they tell none."""
    try:
        return frozenset(link.serial for link in find_kinects(host) if link.serial)
    except OSError:
        return frozenset()


def _functions(devices: Path) -> Iterator[_Function]:
    for entry in devices.iterdir():
        if _word(entry / "idVendor") != _VENDOR:
            continue  # another maker's device, or an interface, which has no vendor
        product = _word(entry / "idProduct")
        if product in _PRODUCTS:
            yield _Function(
                port=entry.name,
                product=product,
                serial=_text(entry / "serial"),
                speed_mbps=_number(entry / "speed"),
                bus=_number(entry / "busnum"),
                number=_number(entry / "devnum"),
                place=entry.resolve(),
            )


def _group(functions: Sequence[_Function]) -> list[list[_Function]]:
    """Put what belongs to one Kinect together: by serial number, else by the hub that it hangs on."""
    hubs = [function for function in functions if function.product in _HUBS]
    groups: dict[str, list[_Function]] = {}
    for function in functions:
        over = next((hub for hub in hubs if function.port.startswith(f"{hub.port}.")), function)
        groups.setdefault(function.serial or over.serial or over.port, []).append(function)
    return list(groups.values())


def _is_kinect(group: Iterable[_Function]) -> bool:
    """Tell a Kinect from a stray half: a USB 2 hub without a serial cannot be assigned to any Kinect."""
    return any(function.is_camera or function.serial for function in group)


def _link(group: Sequence[_Function]) -> KinectLink:
    cameras = [function for function in group if function.is_camera]
    leading = next((each for each in cameras if each.product == _DEPTH), (cameras or list(group))[0])
    speeds = [function.speed_mbps for function in cameras or group]
    controller, maker = _controller(leading)
    return KinectLink(
        serial=next((function.serial for function in (leading, *group) if function.serial), None),
        port=_hub_port(leading),
        speed_mbps=min((speed for speed in speeds if speed), default=None),
        controller=controller,
        maker=maker,
        has_depth=any(function.product == _DEPTH for function in group),
        has_color=any(function.product == _COLOR for function in group),
        nodes=tuple(node for function in cameras for node in _node(function)),
    )


def _hub_port(function: _Function) -> str:
    """Return where the Kinect itself is plugged in: its cameras hang on a hub of its own."""
    above = function.port.rpartition(".")[0] if function.is_camera else ""
    return above or function.port


def _controller(function: _Function) -> tuple[str, str | None]:
    """Return what stands above the bus in sysfs, and who made it."""
    for place in function.place.parents:
        if re.fullmatch(r"usb\d+", place.name):
            return place.parent.name, _MAKERS.get(_word(place.parent / "vendor"))
    return f"bus {function.bus}", None


def _node(function: _Function) -> Iterator[str]:
    if function.bus is not None and function.number is not None:
        yield f"/dev/bus/usb/{function.bus:03}/{function.number:03}"


def _order(port: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", port))


def _text(path: Path) -> str | None:
    try:
        return read_text(path) or None
    except OSError:
        return None


def _word(path: Path) -> str:
    return (_text(path) or "").lower()


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else None
