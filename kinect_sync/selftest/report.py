"""What a self-test found out, as values."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Annotated, Literal

from pydantic import Field

from kinect_sync.findings import Finding
from kinect_sync.findings.selftest import SELFTEST_NOT_DONE
from kinect_sync.selftest.plan import Amounts
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words

NOT_ASKED = "not asked for yet"
"""Why a step was not done where only others were asked for."""


class Outcome(str, Enum):
    """What became of a step."""

    AS_EXPECTED = "as_expected"
    """It was done, and Kinects are known to be so."""
    OTHERWISE = "otherwise"
    """It was done, and something is not as expected."""
    FAILED = "failed"
    """It could not be done to its end."""
    NOT_DONE = "not_done"
    """It was not tried; it says why."""

    @property
    def told(self) -> str:
        """The word as one says it."""
        return self.value.replace("_", " ")


class StepResult(Value):
    """One step of the self-test."""

    name: str
    """What it is asked for by."""
    question: str
    """What it was to find out."""
    expected: str
    """What is expected."""
    source: str
    """What makes one expect it."""
    about_s: float = 0.0
    """About how long it takes in this length, in seconds."""
    outcome: Outcome
    """What became of it."""
    seen: tuple[str, ...] = ()
    """What was seen, a sentence each, with the figures."""
    reason: str | None = None
    """Why it was not done; null where it was."""
    findings: tuple[Finding, ...] = ()
    """What is not as expected, and what kept the step from its end."""
    utc: str | None = None
    """When it began, as ISO 8601; null where it was not done."""
    took_s: float = 0.0
    """How long it took."""

    @property
    def done(self) -> bool:
        """Whether it has its answer, and need not be done again."""
        return self.outcome in (Outcome.AS_EXPECTED, Outcome.OTHERWISE)


class SelftestReport(Report):
    """What `ksync selftest --json` prints."""

    report: Literal["selftest"] = "selftest"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, Verdict.BAD, *UNANSWERED)]
    """`good`: every step that was done saw what is expected; which were not done is a finding each."""
    findings: tuple[Finding, ...]
    """Those of all steps, each beginning with the name of its step."""
    rig: str = ""
    """Name of the rig; empty where there is none that can run."""
    utc: str = ""
    """When the first step began, as ISO 8601."""
    amounts: Amounts | None = None
    """How much of each step was done; null where none was."""
    devices: dict[str, str] = Field(default_factory=dict)
    """The firmware of each device, by serial number."""
    versions: dict[str, str] = Field(default_factory=dict)
    """Of the programs and the system."""
    steps: tuple[StepResult, ...] = ()
    """Every step, also those that were not done, in their order."""
    folder: str | None = None
    """Where everything that was measured is."""
    archive: str | None = None
    """The zip of it, to be attached to an issue."""

    @property
    def tells(self) -> bool:
        """Whether any step has its answer: where none was done, nothing is as expected either."""
        return any(step.done for step in self.steps)


def findings_of_steps(steps: Iterable[StepResult]) -> tuple[Finding, ...]:
    """Return what all steps found, and a note for each that was not done."""
    found: list[Finding] = []
    for step in steps:
        found += [each.model_copy(update={"what": f"{step.name}: {each.what}"}) for each in step.findings]
        if step.outcome is Outcome.NOT_DONE:
            found.append(SELFTEST_NOT_DONE.found(f"{step.name}: not done: {step.reason}"))
    return tuple(found)
