"""A finding, one result of a check, and its kind: what such a finding means, wherever it is found.

A use site says what it saw; the kind says the rest, so that a meaning is known in one place. Codes cross
processes and stand in files; kinds never do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from pydantic import AfterValidator

from kinect_sync.texts import printable
from kinect_sync.values import Value


class Severity(str, Enum):
    """How much a finding weighs."""

    ERROR = "error"
    """It stops the rig, or makes the answer no."""
    WARNING = "warning"
    """It is worth a look."""
    NOTE = "note"
    """It is a fact."""


class Nature(str, Enum):
    """What an error says of the command that found it, and so which exit code it leads to."""

    ANSWER = "answer"
    """It was done, and the answer is no (1)."""
    REFUSAL = "refusal"
    """It was not done: what was asked for, or the rig file, is not right (2)."""
    FAILURE = "failure"
    """It could not be done: a device, the SDK or the computer failed, and nobody knows the answer (3)."""


Shown = Annotated[str, AfterValidator(printable)]
"""Text that may hold a name or a value from a file: safe to show, and UTF-8 whatever the file system is."""


class Finding(Value):
    """One result of a check, told so that an operator can act on it."""

    code: Shown
    """Stable name of the kind of finding, for scripts: `serial-not-quoted`."""
    severity: Severity = Severity.ERROR
    """How much it weighs."""
    device: Shown | None = None
    """The device by the operator's name for it, where one is concerned."""
    where: Shown | None = None
    """Place in a file, as `rig.yaml:12`, where the finding is about a file."""
    field: Shown | None = None
    """The field of the rig file, as `devices[1].serial`."""
    what: Shown
    """What is wrong, in one sentence, with the cause where it is known."""
    remedy: Shown | None = None
    """The next step, in the imperative."""

    @property
    def kind(self) -> Kind | None:
        """The declaration of its code; None for a code of another version of ksync."""
        return KINDS.get(self.code)

    @property
    def nature(self) -> Nature:
        """What it says where it is an error; of a code that nobody declared, the worst is believed."""
        return self.kind.nature if self.kind is not None else Nature.FAILURE

    def weighed_in(self, command: str) -> Finding:
        """Return it as that command weighs it, which may be asked about just this."""
        if self.kind is None or self.kind.error_in != command or self.severity is not Severity.WARNING:
            return self
        return self.model_copy(update={"severity": Severity.ERROR})

    def __str__(self) -> str:
        """`rig.yaml:12: left: devices[1].serial: what is wrong; what to do` on one line."""
        place = ": ".join(part for part in (self.where, self.device, self.field) if part)
        text = f"{place}: {self.what}" if place else self.what
        return f"{text}; {self.remedy}" if self.remedy else text


@dataclass(frozen=True, eq=False)
class Kind:
    """What all findings of one code have in common; declaring a code twice is a ValueError."""

    code: str
    severity: Severity
    """How much it weighs, where no use site says otherwise."""
    nature: Nature
    means: str
    """What it means in general, in one sentence."""
    remedy: str | None
    """What to do in general; a finding may name it more exactly. None for a fact that asks for nothing."""
    error_in: str | None = None
    """The command that is asked about just this, where the warning weighs as an error."""

    def __post_init__(self) -> None:
        """Take the kind into the catalog."""
        if KINDS.setdefault(self.code, self) is not self:
            raise ValueError(f"the finding {self.code} is declared twice")

    def found(
        self,
        what: str,
        *,
        remedy: str | None = None,
        device: str | None = None,
        where: str | None = None,
        field: str | None = None,
        severity: Severity | None = None,
    ) -> Finding:
        """Return a finding of this kind; what is not given is as declared."""
        return Finding(
            code=self.code,
            severity=severity or self.severity,
            device=device,
            where=where,
            field=field,
            what=what,
            remedy=remedy or self.remedy,
        )


KINDS: dict[str, Kind] = {}
"""Every kind by its code, in the order of their declaration."""


def answer(code: str, means: str, remedy: str) -> Kind:
    """Declare an error that answers what was asked: no."""
    return Kind(code, Severity.ERROR, Nature.ANSWER, means, remedy)


def refusal(code: str, means: str, remedy: str) -> Kind:
    """Declare an error in what was asked for, or in the rig file."""
    return Kind(code, Severity.ERROR, Nature.REFUSAL, means, remedy)


def failure(code: str, means: str, remedy: str) -> Kind:
    """Declare an error of a device, the SDK or the computer, for which there is no answer."""
    return Kind(code, Severity.ERROR, Nature.FAILURE, means, remedy)


def warning(code: str, means: str, remedy: str, *, error_in: str | None = None) -> Kind:
    """Declare what is worth a look; where it weighs as an error, it is an answer."""
    return Kind(code, Severity.WARNING, Nature.ANSWER, means, remedy, error_in)


def note(code: str, means: str, remedy: str | None) -> Kind:
    """Declare a fact; where it weighs as an error, it is an answer."""
    return Kind(code, Severity.NOTE, Nature.ANSWER, means, remedy)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether any finding is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)
