"""Which programs took part in a self-test: what else an issue would have to ask for."""

from __future__ import annotations

import platform

from kinect_sync.host.sdk import find_pyk4a, sdk_version
from kinect_sync.host.view import Host
from kinect_sync.version import __version__


def versions(host: Host | None = None) -> dict[str, str]:
    """Return the versions of ksync, Python, pyk4a, the SDK where it is told, and the system."""
    found = find_pyk4a(host or Host())
    told = {"ksync": __version__, "python": platform.python_version()}
    if found is not None:
        name, installed = found
        told[name] = installed.version
        if (number := sdk_version(installed)) is not None:
            told["libk4a"] = ".".join(map(str, number))
    return {**told, "system": f"{platform.system()} {platform.release()} {platform.machine()}"}
