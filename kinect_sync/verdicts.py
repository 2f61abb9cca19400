"""What a command answers, in one word, and the frame that every report stands in.

Each command has words of its own for yes and no; the ladder says what they come to, so that exit codes follow
from one table, and what findings amount to is decided in one place.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from kinect_sync.findings import Finding, Nature, Severity
from kinect_sync.values import Value

R = TypeVar("R", bound="Report")


class Rung(Enum):
    """What a verdict comes to for whoever asked, from the best to the worst; each has its exit code."""

    YES = "yes"
    """It was done, and all is well."""
    NO = "no"
    """It was done, and the answer is no."""
    REFUSED = "refused"
    """It was not done: what was asked for, or the rig file, is not right."""
    FAILED = "failed"
    """It could not be done: a device, the SDK or the computer is not right."""


class Verdict(str, Enum):
    """The words of all reports, from the best to the worst."""

    rung: Rung
    """Where the word stands."""
    means: str
    """What it says in general, in one sentence."""

    def __new__(cls, word: str, rung: Rung, means: str) -> Verdict:
        """Make a word that stands on a rung."""
        verdict = str.__new__(cls, word)
        verdict._value_ = word
        verdict.rung, verdict.means = rung, means
        return verdict

    GOOD = "good", Rung.YES, "Everything that was looked at is as it should be."
    VALID = "valid", Rung.YES, "The rig file describes a rig that can run."
    PLANNED = "planned", Rung.YES, "There is a plan, and it was checked."
    IN_SYNC = "in_sync", Rung.YES, "Every device is on the pulse, and nearly every pulse was recorded."
    COMPLETE = "complete", Rung.YES, "A single recording, and nothing is missing in it."
    EXPORTED = "exported", Rung.YES, "Every image that was asked for is there."
    FUSED = "fused", Rung.YES, "Every cloud and view that was asked for is there."
    ARCHIVED = "archived", Rung.YES, "All of the take is in the archive, and was read back."
    COLLECTED = "collected", Rung.YES, "Every recording of the take is on this computer."
    WHOLE = "whole", Rung.YES, "Nothing was missing."
    RESTORED = "restored", Rung.YES, "All of the take is there again."
    REPAIRED = "repaired", Rung.YES, "What was missing could be completed."
    UNKNOWN = "unknown", Rung.YES, "Nothing is wrong, and the hardware cannot tell more."
    INCOMPLETE = "incomplete", Rung.NO, "What is there is well, and too much is missing."
    OUT_OF_SYNC = "out_of_sync", Rung.NO, "A device is not on the pulse."
    UNSYNCHRONIZED = "unsynchronized", Rung.NO, "Nothing ties the recordings to each other."
    EMPTY = "empty", Rung.NO, "There is no capture in it."
    NOT_REPAIRED = "not_repaired", Rung.NO, "A recording could not be completed."
    BAD = "bad", Rung.NO, "The check was made, and says no."
    NOT_VALID = "not_valid", Rung.REFUSED, "The rig file describes no rig that can run."
    REFUSED = "refused", Rung.REFUSED, "What was asked for, or the rig file, is not right."
    FAILED = (
        "failed",
        Rung.FAILED,
        "A device, the SDK or the computer is not right, or nothing was recorded.",
    )

    def __str__(self) -> str:
        """Return the word as it stands in a report."""
        return str(self.value)

    @property
    def told(self) -> str:
        """The word as one says it: out of sync."""
        return str(self.value).replace("_", " ")


_BY_NATURE = {
    Nature.ANSWER: Verdict.BAD,
    Nature.REFUSAL: Verdict.REFUSED,
    Nature.FAILURE: Verdict.FAILED,
}


def worst_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the one that stands furthest down the ladder; there must be one."""
    return max(verdicts, key=list(Verdict).index)


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Return what findings amount to: the worst error decides, as a no may follow from a failure."""
    errors = (finding for finding in findings if finding.severity is Severity.ERROR)
    return worst_of((Verdict.GOOD, *(_BY_NATURE[error.nature] for error in errors)))


UNANSWERED = (Verdict.REFUSED, Verdict.FAILED)
"""The words of every report that says why there is no answer."""


class Words:
    """Which words a verdict may be: `verdict: Annotated[Verdict, Words(Verdict.WHOLE, *UNANSWERED)]`."""

    def __init__(self, *words: Verdict) -> None:
        """Take the words, from the best to the worst."""
        self._words = words

    def __get_pydantic_core_schema__(
        self, source: type[Verdict], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let pydantic refuse every other word."""
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Name the words in the JSON Schema."""
        return {"type": "string", "enum": [str(word) for word in self._words]}

    def _checked(self, verdict: Verdict) -> Verdict:
        if verdict not in self._words:
            raise ValueError(f"`{verdict}` is not among its words")
        return verdict


class Report(Value):
    """What a command found out, in the frame that all reports have, also where it found out nothing."""

    report: str
    """The name of the report: `ksync schema NAME` prints its schema."""
    format: int
    """Version of this report's shape. Fields may be added to a version; none goes, and none means another."""
    verdict: Verdict
    """The answer in one word, which the exit code follows."""
    findings: tuple[Finding, ...]
    """Everything found, in the order to read it."""

    @classmethod
    def unanswered(cls: type[R], verdict: Verdict, findings: tuple[Finding, ...]) -> R:
        """Report that there is no answer, so that whoever asked finds a report even so."""
        return cls.model_validate({"verdict": verdict, "findings": findings})
