"""What the findings of a check amount to: yes, no, or no answer because a device or the SDK failed."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from kinect_sync.findings import Finding, Severity


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


ANSWERS = frozenset(
    {
        "cable-absent",
        "cable-leads-nowhere",
        "chain-broken",
        "clock-jumped",
        "clock-unrelated",
        "clock-unsteady",
        "color-depth-apart",
        "constant-bias",
        "device-deaf",
        "device-missing",
        "device-not-wired",
        "device-silent",
        "device-stalled",
        "device-unexpected",
        "device-unfinished",
        "exposure-differs",
        "firmware-old",
        "free-running",
        "jack-plugged",
        "jack-unplugged",
        "jack-wrong",
        "no-common-pulse",
        "no-devices",
        "pulses-ended",
        "several-masters",
        "splitter-on-chain",
        "star-broken",
        "too-many-devices",
        "timing-free-running",
        "timing-jitter",
        "timing-outliers",
        "timing-step",
        "timing-unmeasured",
        "trigger-running",
        "trigger-silent",
        "wiring-ring",
    }
)
"""Codes of errors that are an answer; `captures-…` (holes) are too. Any other error means that a device,
its process or the SDK failed, and nobody knows what the answer would have been."""


def answer_of(findings: Iterable[Finding]) -> Answer:
    """Return what the findings amount to; a failure outweighs a no, as a no may follow from it."""
    codes = [finding.code for finding in findings if finding.severity is Severity.ERROR]
    if all(code in ANSWERS or code.startswith("captures-") for code in codes):
        return Answer.BAD if codes else Answer.GOOD
    return Answer.FAILED
