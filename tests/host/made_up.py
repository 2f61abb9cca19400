"""A made-up computer: a tree with its /sys, /proc, /etc and /dev, and scripted commands."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kinect_sync.host.disk import Disk
from kinect_sync.host.usb import find_kinects
from kinect_sync.host.view import Host, Installed

BUNDLE = Installed(
    "1.5.0",
    (
        "pyk4a/__init__.py",
        "pyk4a_bundle.libs/libk4a-f64cb9eb.so.1.4.2",
        "pyk4a_bundle.libs/libk4arecord-939c473c.so.1.4.2",
        "pyk4a_bundle.libs/libdepthengine.so.2.0",
    ),
)
LDCONFIG = """2 libs found in cache
\tlibGL.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libGL.so.1
\tlibX11.so.6 (libc6,x86-64) => /lib/x86_64-linux-gnu/libX11.so.6
"""
ROOMY = Disk(lambda _: 10**12, lambda _: 10.0**9)
"""A terabyte free, and a gigabyte a second."""
INTEL, ASMEDIA = "0x8086", "0x1b21"


@dataclass
class MadeUp:
    """A computer in the making; `host` is what the checks see of it."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)
    """What a command prints, by the last part of its name; others are absent."""
    installed: dict[str, Installed] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    """Device nodes that the user may not use."""
    user: int | None = 1000
    cores: int | None = 8
    kernel_clock: bool | None = True
    system: str = "linux"
    disk: Disk = ROOMY

    def file(self, path: str, text: str | bytes = "") -> Path:
        """Write a file of the tree."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        return place

    def remove(self, path: str) -> None:
        """Take a file out of the tree."""
        (self.root / path.lstrip("/")).unlink()

    def unreadable(self, path: str) -> None:
        """Put something in a file's place that cannot be read as one, for root neither."""
        place = self.root / path.lstrip("/")
        if place.exists():
            place.unlink()
        place.mkdir(parents=True)

    def controller(self, pci: str, vendor: str, *buses: int) -> None:
        """Add a PCI host controller with its buses."""
        if sys.platform == "win32":
            pytest.skip("names and links of sysfs are Linux's")
        self.file(f"{_pci(pci)}/vendor", f"{vendor}\n")
        for bus in buses:
            self._device(f"{_pci(pci)}/usb{bus}", f"usb{bus}", ("1d6b", "0003"), speed="5000", bus=bus)

    def kinect(
        self,
        serial: str | None,
        pci: str,
        port: str,
        hub_port: str,
        speed: str = "5000",
        lacks: Sequence[str] = (),
    ) -> None:
        """Plug a Kinect in: cameras on the hub at `port`, microphones on the USB 2 hub at `hub_port`."""
        parts = {
            port: ("097a", speed),
            f"{port}.1": ("097c", speed),
            f"{port}.2": ("097d", speed),
            hub_port: ("097b", "480"),
            f"{hub_port}.3": ("097e", "12"),
        }
        for place, (product, its_speed) in parts.items():
            if product not in lacks:
                bus = int(place.split("-")[0])
                above = f"{_pci(pci)}/usb{bus}/{_nested(place)}"
                self._device(above, place, ("045e", product), speed=its_speed, bus=bus, serial=serial)

    def unplug(self) -> None:
        """Take every device from the USB buses."""
        for place in self._list().iterdir():
            place.unlink()

    def _device(
        self,
        folder: str,
        name: str,
        identity: tuple[str, str],
        speed: str,
        bus: int,
        serial: str | None = None,
    ) -> None:
        number = sum(1 for _ in self._list().iterdir()) + 1
        facts = {"idVendor": identity[0], "idProduct": identity[1], "speed": speed, "busnum": str(bus)}
        facts |= {"devnum": str(number)} | ({"serial": serial} if serial else {})
        for fact, text in facts.items():
            self.file(f"{folder}/{fact}", f"{text}\n")
        self.file(f"{folder}/{name}:1.0/bInterfaceClass", "ff\n")
        self.file(f"/dev/bus/usb/{bus:03}/{number:03}")
        up = "../../../.."
        (self._list() / name).symlink_to(f"{up}{folder}")
        (self._list() / f"{name}:1.0").symlink_to(f"{up}{folder}/{name}:1.0")

    def _list(self) -> Path:
        place = self.root / "sys/bus/usb/devices"
        place.mkdir(parents=True, exist_ok=True)
        return place

    @property
    def host(self) -> Host:
        """The computer as it is now."""
        return Host(
            system=self.system,
            root=self.root,
            environment=self.environment,
            run=lambda command: self.commands.get(command[0].rsplit("/", 1)[-1]),
            installed=self.installed.get,
            may_use=lambda path: f"/{path.relative_to(self.root)}" not in self.closed,
            kernel_clock=lambda: self.kernel_clock,
            user=self.user,
            cores=self.cores,
            disk=self.disk,
        )


def _pci(pci: str) -> str:
    return f"/sys/devices/pci0000:00/{pci}"


def _nested(place: str) -> str:
    """Write a port as sysfs nests it: 2-1.4 is 2-1/2-1.4."""
    steps = place.split(".")
    return "/".join(".".join(steps[: number + 1]) for number in range(len(steps)))


SERIALS = ("000123456712", "000234567812", "000345678912")


def good(root: Path) -> MadeUp:
    """A computer as it should be, with three Kinects on three controllers."""
    computer = MadeUp(root, environment={"DISPLAY": ":0"}, commands={"ldconfig": LDCONFIG})
    computer.installed["pyk4a-bundle"] = BUNDLE
    for number, serial in enumerate(SERIALS):
        pci, bus = f"0000:0{number}:00.0", 2 * number + 1
        computer.controller(pci, INTEL, bus, bus + 1)
        computer.kinect(serial, pci, f"{bus + 1}-1", f"{bus}-1")
    computer.file("/sys/module/usbcore/parameters/usbfs_memory_mb", "1000\n")
    computer.file(
        "/etc/udev/rules.d/99-k4a.rules", 'ATTRS{idVendor}=="045e", ATTRS{idProduct}=="097c", MODE="0666"\n'
    )
    computer.file("/proc/meminfo", "MemTotal:       32000000 kB\nMemAvailable:   16000000 kB\n")
    computer.file("/tmp/.X11-unix/X0")
    computer.file("/dev/dri/card0")
    return computer


Change = Callable[[MadeUp], None]


def nothing(_it: MadeUp) -> None:
    """Change nothing."""


def both(*changes: Change) -> Change:
    """Make several changes."""

    def change(it: MadeUp) -> None:
        for each in changes:
            each(it)

    return change


def has(**attributes: object) -> Change:
    """Change what the computer is."""

    def change(it: MadeUp) -> None:
        for name, value in attributes.items():
            setattr(it, name, value)

    return change


def holds(path: str, text: str | bytes) -> Change:
    """Write a file."""

    def change(it: MadeUp) -> None:
        it.file(path, text)

    return change


def lacks(path: str) -> Change:
    """Take a file away."""
    return lambda it: it.remove(path)


def unreadable(path: str) -> Change:
    """Put something in a file's place that cannot be read as one."""
    return lambda it: it.unreadable(path)


def environment(**words: str) -> Change:
    """Change environment variables; an empty one is taken out."""

    def change(it: MadeUp) -> None:
        merged = it.environment | words
        it.environment = {key: value for key, value in merged.items() if value}

    return change


def unplugged(it: MadeUp) -> None:
    """Unplug all Kinects."""
    it.unplug()


def closed(it: MadeUp) -> None:
    """Let the user not use the first camera's node."""
    it.closed = {find_kinects(it.host)[0].nodes[0]}


def no_nodes(it: MadeUp) -> None:
    """Take the nodes of the first Kinect away."""
    for node in find_kinects(it.host)[0].nodes:
        it.remove(node)
