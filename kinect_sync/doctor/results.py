"""What a check has to say: a value, so that it can be shown, counted and sent to a script alike."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from kinect_sync.findings import KINDS, Finding, Kind, Severity
from kinect_sync.values import Value


class Status(str, Enum):
    """What a check found; `unknown` is an answer of its own, and never a pass."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


_SEVERITIES = {
    Status.WARNING: Severity.WARNING,
    Status.PROBLEM: Severity.ERROR,
    Status.UNKNOWN: Severity.NOTE,
}
_STATUSES = {severity: status for status, severity in _SEVERITIES.items()}


class CheckResult(Value):
    """What one check has to say."""

    name: str
    """Stable name of the check, for scripts: `usb-memory`; the code of its finding where it is not well."""
    status: Status
    """`problem` breaks takes; `warning` is a risk; `unknown` could not be told, and `what` says why."""
    device: str | None = None
    """The device by its name in the rig, or else its serial, where one is concerned."""
    what: str
    """What was found, with the figures."""
    remedy: str | None = None
    """The next step, in the imperative; null where all is well."""

    @property
    def finding(self) -> Finding | None:
        """The same as a finding; None where all is well."""
        if self.status is Status.OK:
            return None
        severity = _SEVERITIES[self.status]
        return KINDS[self.name].found(self.what, device=self.device, remedy=self.remedy, severity=severity)


def ok(kind: Kind, what: str, device: str | None = None) -> CheckResult:
    """Say that all is well."""
    return CheckResult(name=kind.code, status=Status.OK, what=what, device=device)


def warning(kind: Kind, what: str, remedy: str | None = None, device: str | None = None) -> CheckResult:
    """Say that there is a risk."""
    return _told(Status.WARNING, kind, what, remedy, device)


def problem(kind: Kind, what: str, remedy: str | None = None, device: str | None = None) -> CheckResult:
    """Say that takes break."""
    return _told(Status.PROBLEM, kind, what, remedy, device)


def unknown(kind: Kind, what: str, remedy: str | None = None, device: str | None = None) -> CheckResult:
    """Say that it can't be told, why, and where to look."""
    return _told(Status.UNKNOWN, kind, what, remedy, device)


def _told(status: Status, kind: Kind, what: str, remedy: str | None, device: str | None) -> CheckResult:
    return CheckResult(name=kind.code, status=status, what=what, remedy=remedy or kind.remedy, device=device)


def results_of(findings: Iterable[Finding]) -> tuple[CheckResult, ...]:
    """Tell findings of the bench or the SDK as results, each by its code."""
    return tuple(
        CheckResult(
            name=finding.code,
            status=_STATUSES[finding.severity],
            device=finding.device,
            what=finding.what,
            remedy=finding.remedy,
        )
        for finding in findings
    )


def count_of(number: int, noun: str) -> str:
    """Write a number with its noun: `1 device`, `3 devices`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
