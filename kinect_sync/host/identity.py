"""Which computer this is, and which steady clock its host times are read from."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from kinect_sync.values import Value

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_TIME_NAMESPACE = Path("/proc/self/ns/time")
_CONTROL = r"SYSTEM\CurrentControlSet\Control"
_WINDOWS = (
    (r"SOFTWARE\Microsoft\Cryptography", "MachineGuid"),
    (rf"{_CONTROL}\ComputerName\ActiveComputerName", "ComputerName"),
    (rf"{_CONTROL}\Session Manager\Memory Management\PrefetchParameters", "BootId"),
)
"""What tells one boot of Windows from every other: its installation, its name since it was booted, as
installations are copied with their number, and how often it was booted."""


class HostIdentity(Value):
    """A computer that devices are connected to."""

    name: str
    """Its name in the network."""
    clock: str
    """The steady clock that its host times are read from: those of one clock can be compared as they are."""


def this_host() -> HostIdentity:
    """Return the computer that this process runs on."""
    return HostIdentity(name=platform.node() or "localhost", clock=_clock())


@cache
def boot_id() -> str | None:
    """Return what tells this boot from every other one; None where boots have no number."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return None


def _clock() -> str:
    """Name the steady clock: it begins anew with each boot, and a container may have one of its own.

    Linux before 5.6 has no time namespaces.
    """
    if (boot := boot_id()) is None:
        return windows_clock(_registered)
    try:
        return f"{boot} {_TIME_NAMESPACE.readlink()}"
    except OSError:
        return boot


def windows_clock(registered: Callable[[str, str], str | None]) -> str:
    """Name the performance counter of Windows, which begins anew with each boot.

    Computers may have one name, and a name may change: it serves only where the registry tells nothing.
    """
    known = [told for key, name in _WINDOWS if (told := registered(key, name)) is not None]
    return " ".join(known) or platform.node() or "localhost"


def _registered(key: str, name: str) -> str | None:
    """Read a value of the computer's registry; None where there is none."""
    if sys.platform != "win32":
        return None
    import winreg

    access = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key, 0, access) as opened:
            return str(winreg.QueryValueEx(opened, name)[0])
    except OSError:
        return None
