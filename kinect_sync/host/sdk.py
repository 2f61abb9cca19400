"""Which SDK is installed, told from names and versions alone: nothing of it is loaded here.

ksync asks for SDK 1.4.1 or later: 1.4.1 drops corrupt MJPG frames instead of passing them on. The wheel
`pyk4a-bundle` carries the libraries with their version in their names.
"""

from __future__ import annotations

import re

from kinect_sync.findings.host import PYK4A_VERSION, SDK_VERSION
from kinect_sync.host.checks import CheckResult, ok, unknown, warning
from kinect_sync.host.view import Host, Installed

DISTRIBUTIONS = ("pyk4a-bundle", "pyk4a")
MINIMUM_SDK = (1, 4, 1)
_LIBRARY = re.compile(r"(?:^|/)libk4a(?:-[0-9a-f]+)?\.so\.(\d+)\.(\d+)\.(\d+)$")


def check_versions(host: Host) -> tuple[CheckResult, ...]:
    """Say which pyk4a and which SDK are installed."""
    found = find_pyk4a(host)
    if found is None:
        return (unknown(PYK4A_VERSION, "pyk4a is not installed"),)
    name, installed = found
    return (ok(PYK4A_VERSION, f"{name} {installed.version}"), _judge_sdk(name, installed))


def find_pyk4a(host: Host) -> tuple[str, Installed] | None:
    """Return the distribution that pyk4a comes from."""
    looked_up = ((name, host.installed(name)) for name in DISTRIBUTIONS)
    return next(((name, installed) for name, installed in looked_up if installed is not None), None)


def find_file(host: Host, part: str) -> str | None:
    """Return the first file of pyk4a's distribution with `part` in its name."""
    found = find_pyk4a(host)
    files = found[1].files if found else ()
    return next((path for path in files if part in path.rsplit("/", 1)[-1]), None)


def _judge_sdk(name: str, installed: Installed) -> CheckResult:
    versions = [_LIBRARY.search(path.replace("\\", "/")) for path in installed.files]
    version = next((tuple(map(int, found.groups())) for found in versions if found), None)
    if version is None:
        return unknown(
            SDK_VERSION,
            f"{name} does not tell the version of its libk4a by a file name",
            "look at the version of the SDK's package, or with k4aviewer: 1.4.1 or later",
        )
    text = ".".join(map(str, version))
    if version < MINIMUM_SDK:
        return warning(SDK_VERSION, f"Azure Kinect Sensor SDK {text} is older than 1.4.1")
    return ok(SDK_VERSION, f"Azure Kinect Sensor SDK {text}")
