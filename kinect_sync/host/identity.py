"""Which computer this is, and which steady clock its host times are read from."""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path

from kinect_sync.values import Value

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_TIME_NAMESPACE = Path("/proc/self/ns/time")


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
    """Name CLOCK_MONOTONIC: it begins anew with each boot, and a container may have one of its own.

    Linux before 5.6 has no time namespaces. On Windows, where boots have no number, the host's name serves.
    """
    if (boot := boot_id()) is None:
        return platform.node() or "localhost"
    try:
        return f"{boot} {_TIME_NAMESPACE.readlink()}"
    except OSError:
        return boot
