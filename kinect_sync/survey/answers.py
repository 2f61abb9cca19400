"""What the findings of a check amount to: yes, no, or no answer because a device or the SDK failed."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from kinect_sync.findings import Finding, Nature, Severity


class Answer(str, Enum):
    """The verdict of a check."""

    GOOD = "good"
    """Everything that was looked at is as it should be."""
    UNKNOWN = "unknown"
    """Nothing is wrong, and the hardware cannot tell more."""
    BAD = "bad"
    """The check was made, and says no."""
    FAILED = "failed"
    """The check could not be made: a device or the SDK is not right."""

    def __str__(self) -> str:
        """Return the word as it stands in the report."""
        return str(self.value)


def answer_of(findings: Iterable[Finding]) -> Answer:
    """Return what the findings amount to; a failure outweighs a no, as a no may follow from it."""
    natures = {finding.nature for finding in findings if finding.severity is Severity.ERROR}
    if natures - {Nature.ANSWER}:
        return Answer.FAILED
    return Answer.BAD if natures else Answer.GOOD
