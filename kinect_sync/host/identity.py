"""Which computer this is, and which steady clock its host times are read from."""

from __future__ import annotations

import platform
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


def _clock() -> str:
    """Name CLOCK_MONOTONIC: it begins anew with each boot, and a container may have one of its own.

    Linux before 5.6 has no time namespaces. On Windows, where boots have no number, the host's name serves.
    """
    try:
        boot = _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return platform.node() or "localhost"
    try:
        return f"{boot} {_TIME_NAMESPACE.readlink()}"
    except OSError:
        return boot
