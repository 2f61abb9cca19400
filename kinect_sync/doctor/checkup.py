"""Everything that `ksync doctor` looks at, gathered into one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kinect_sync.doctor.bench_checks import Survey, check_bench, check_sdk
from kinect_sync.findings import Finding
from kinect_sync.findings.host import DEPTH_ENGINE, USB_LINK
from kinect_sync.host.checks import CheckResult, Status, ok, unknown
from kinect_sync.host.clock import check_clock
from kinect_sync.host.computer import check_computer
from kinect_sync.host.depth_engine import check_depth_engine
from kinect_sync.host.disk import REAL_DISK, Disk, check_disk
from kinect_sync.host.permissions import check_permissions
from kinect_sync.host.sdk import check_versions
from kinect_sync.host.usb import DEVICES, KinectLink, find_kinects
from kinect_sync.host.usb_links import judge_links
from kinect_sync.host.usbfs import check_usb_memory
from kinect_sync.host.view import Host, reason
from kinect_sync.rig.facts import RigFacts, rig_facts
from kinect_sync.rig.modes import DepthMode
from kinect_sync.rig.rig import Rig
from kinect_sync.survey.answers import Answer, answer_of
from kinect_sync.values import Value


class Section(Value):
    """The checks of one theme."""

    theme: str
    checks: tuple[CheckResult, ...]


class Checkup(Value):
    """What `ksync doctor` found."""

    verdict: Answer
    """`good`: nothing is known to break a take; `failed`: a device or the SDK could not be asked."""
    sections: tuple[Section, ...]
    findings: tuple[Finding, ...]
    """Everything that is not well, once more, as findings."""
    kinects: tuple[KinectLink, ...] = ()
    """How each Azure Kinect is connected, where Linux tells."""

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """All checks, in order."""
        return tuple(check for section in self.sections for check in section.checks)

    def as_json(self) -> str:
        """Write the report for a script."""
        return self.model_dump_json(indent=2)


@dataclass(frozen=True)
class Request:
    """What is to be looked at, and through which eyes."""

    rig: Rig | None
    directory: Path
    simulated: bool
    allow_extra: bool
    survey: Survey
    """Asks the bench for its devices; BenchError where that fails."""
    try_sdk: Callable[[], tuple[Finding, ...]]
    """Loads the SDK where it can do no harm, and returns what is wrong with it."""
    host: Host = field(default_factory=Host)
    disk: Disk = REAL_DISK


def check_up(request: Request) -> Checkup:
    """Make every check, one after the other; none of them changes anything."""
    facts = rig_facts(request.rig) if request.rig else None
    kinects, usb = _check_usb(request, facts)
    sdk, sdk_findings = check_sdk(request.try_sdk)
    bench = check_bench(
        request.rig,
        request.survey if request.simulated or not sdk_findings else None,
        allow_extra=request.allow_extra,
    )
    devices = len(facts.devices) if facts else len(kinects) or bench.devices or 1
    sections = (
        _kinect_section(request, "SDK", (*sdk, *check_versions(request.host))),
        Section(theme="devices", checks=bench.checks),
        _kinect_section(request, "USB", (*usb, check_usb_memory(request.host, devices))),
        _kinect_section(request, "depth engine", _check_depth_engine(request.host, facts)),
        *_computer_sections(request, facts, devices),
    )
    failed = [*bench.findings, *([] if request.simulated else sdk_findings)]
    return _conclude(sections, kinects, failed)


def _computer_sections(request: Request, facts: RigFacts | None, devices: int) -> tuple[Section, ...]:
    """Check what simulated devices need as well."""
    disk = check_disk(request.directory, facts.disk if facts else None, request.disk)
    computer = (*check_computer(request.host, devices), check_clock(request.host))
    return Section(theme="disk", checks=disk), Section(theme="computer", checks=computer)


def _conclude(
    sections: tuple[Section, ...], kinects: tuple[KinectLink, ...], asked: Iterable[Finding]
) -> Checkup:
    """Sum up; `asked` is what came of asking SDK and devices, and may have failed."""
    checks = [check for section in sections for check in section.checks]
    if answer_of(asked) is Answer.FAILED:
        verdict = Answer.FAILED
    else:
        verdict = Answer.BAD if any(check.status is Status.PROBLEM for check in checks) else Answer.GOOD
    return Checkup(
        verdict=verdict,
        sections=sections,
        findings=tuple(check.finding for check in checks if check.finding is not None),
        kinects=kinects,
    )


def _kinect_section(request: Request, theme: str, checks: Sequence[CheckResult]) -> Section:
    """Gather checks of what only a Kinect needs: beside simulated devices, none of it is a problem."""
    if not request.simulated:
        return Section(theme=theme, checks=tuple(checks))
    return Section(theme=theme, checks=tuple(_not_needed(check) for check in checks))


def _not_needed(check: CheckResult) -> CheckResult:
    if check.status is not Status.PROBLEM:
        return check
    what = f"{check.what} (simulated devices do without)"
    return check.model_copy(update={"status": Status.WARNING, "what": what})


def _check_usb(
    request: Request, facts: RigFacts | None
) -> tuple[tuple[KinectLink, ...], tuple[CheckResult, ...]]:
    host = request.host
    if facts is not None and not facts.hardware.profile.usb_is_known:
        told = f"ksync knows the USB devices of Azure Kinects, not those of a {facts.hardware.profile.label}"
        return (), (unknown(USB_LINK, told, "look at `lsusb -t`: 5000M or more for each camera"),)
    if not host.is_linux:
        told = f"ksync cannot read the USB topology on {host.system}"
        look = "look at the Device Manager by connection: one USB 3 host controller per camera"
        return (), (unknown(USB_LINK, told, look),)
    try:
        kinects = find_kinects(host)
    except OSError as error:
        told = f"{DEVICES} can't be read: {reason(error)}"
        look = "run ksync on the computer that the cameras are plugged into, outside of any container"
        return (), (unknown(USB_LINK, told, look), *check_permissions(host, ()))
    return kinects, (*judge_links(kinects, facts), *check_permissions(host, kinects))


def _check_depth_engine(host: Host, facts: RigFacts | None) -> tuple[CheckResult, ...]:
    if facts is not None and all(device.depth_mode is DepthMode.OFF for device in facts.devices):
        return (ok(DEPTH_ENGINE, "no device of this rig has its depth camera on"),)
    return check_depth_engine(host)
