"""A finding: one result of a check, with its cause and the next step."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from kinect_sync.values import Value


class Severity(str, Enum):
    """How much a finding weighs: an error stops the rig, a warning is worth a look, a note is a fact."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Finding(Value):
    """One result of a check, told so that an operator can act on it."""

    code: str
    """Stable name of the kind of finding, for scripts: `serial-not-quoted`."""
    severity: Severity = Severity.ERROR
    device: str | None = None
    """The device by the operator's name for it, where one is concerned."""
    where: str | None = None
    """Place in a file, as `rig.yaml:12`, where the finding is about a file."""
    field: str | None = None
    """The field of the rig file, as `devices[1].serial`."""
    what: str
    """What is wrong, in one sentence, with the cause where it is known."""
    remedy: str | None = None
    """The next step, in the imperative."""

    def __str__(self) -> str:
        """`rig.yaml:12: left: devices[1].serial: what is wrong; what to do` on one line."""
        place = ": ".join(part for part in (self.where, self.device, self.field) if part)
        text = f"{place}: {self.what}" if place else self.what
        return f"{text}; {self.remedy}" if self.remedy else text


def has_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether any finding is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)
