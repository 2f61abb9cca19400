"""The exceptions of ksync; each carries findings, so that all problems are told at once.

KsyncError
├── RigError          what should be is not right: the rig file             (exit code 2)
├── UsageError        what was asked for cannot be done: a take that exists (exit code 2)
└── BenchError        what is there is not right: devices or SDK            (exit code 3)
    ├── SdkMissing        pyk4a or a native library cannot be loaded
    └── DeviceError       one device, named
        ├── DeviceNotFound    no such serial on the bench
        ├── DeviceBusy        the SDK cannot open it: in use, or no permission
        ├── StartRefused      start_cameras failed
        ├── ImuEnded          the cameras go on without the IMU
        ├── ImageDamaged      the captures go on, and one lacks an image
        └── DeviceLost        it delivered, and now its stream has ended
"""

from __future__ import annotations

from typing import ClassVar

from kinect_sync.findings import Finding
from kinect_sync.verdicts import Verdict


class Interrupted(Exception):
    """The operator asked to stop before there was anything to report."""

    def __init__(self, *findings: Finding) -> None:
        """Take what is to be said all the same, where there is something."""
        told = "\n".join(str(finding) for finding in findings)
        super().__init__(told or "interrupted before there was anything to report")
        self.findings = findings


class KsyncError(Exception):
    """Something that an operator can act on: one or more findings."""

    verdict: ClassVar[Verdict] = Verdict.REFUSED
    """What it comes to where it ends a command."""
    findings: tuple[Finding, ...]
    """What is wrong, all of it, each once and with what to do."""

    def __init__(self, *findings: Finding) -> None:
        """Take the findings that say what is wrong, at least one."""
        if not findings:
            raise ValueError(f"{type(self).__name__} needs a finding that says what is wrong")
        self.findings = tuple(dict.fromkeys(findings))
        super().__init__("\n".join(str(finding) for finding in self.findings))

    def __reduce__(self) -> tuple[type[KsyncError], tuple[Finding, ...]]:
        """Keep the findings on the way from a worker's process."""
        return type(self), self.findings


class RigError(KsyncError):
    """The rig file does not describe a rig that can run."""


class UsageError(KsyncError):
    """What was asked for cannot be done."""


class BenchError(KsyncError):
    """The devices or the SDK are not as the rig needs them."""

    verdict = Verdict.FAILED


class SdkMissing(BenchError):
    """pyk4a, libk4a or libk4arecord cannot be loaded."""


class DeviceError(BenchError):
    """One device failed; the findings name it."""


class DeviceNotFound(DeviceError):
    """No device on the bench has this serial."""


class DeviceBusy(DeviceError):
    """The device is there, but the SDK cannot open it."""


class StartRefused(DeviceError):
    """The SDK refused to start the cameras."""


class ImuEnded(DeviceError):
    """The device's IMU gives nothing more; its cameras go on."""


class ImageDamaged(DeviceError):
    """An image of the next capture can't be read; that capture comes without it."""


class DeviceLost(DeviceError):
    """The device's stream has ended and only a new start could bring it back."""
