"""Which pyk4a and which SDK are installed, told from names and versions alone.

ksync asks for SDK 1.4.1 or later: 1.4.1 drops corrupt MJPG frames instead of passing them on. The wheel
`pyk4a-bundle` carries the libraries with their version in their names.
"""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, ok, unknown, warning
from kinect_sync.findings import model as declare
from kinect_sync.host.sdk import find_pyk4a, sdk_version

MINIMUM_SDK = (1, 4, 1)
_UPDATE = "install the release that ksync is made for with `pip install 'pyk4a-bundle>=1.5,<1.6'`"

PYK4A_VERSION = declare.note("pyk4a-version", "Which pyk4a is installed, if any.", _UPDATE)
SDK_VERSION = declare.warning(
    "sdk-version",
    "The Sensor SDK is older than 1.4.1, which drops corrupt images, or does not tell its version.",
    _UPDATE,
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Tell both versions."""
    found = find_pyk4a(it.host)
    if found is None:
        yield unknown(PYK4A_VERSION, "pyk4a is not installed")
        return
    name, installed = found
    yield ok(PYK4A_VERSION, f"{name} {installed.version}")
    yield _judge(name, sdk_version(installed))


def _judge(name: str, version: tuple[int, ...] | None) -> CheckResult:
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


CHECK = check.Check("sdk-version", check.SDK, 20, run)
