"""What a step of the self-test is: something that only real devices can tell, what is expected, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from kinect_sync.findings import Finding
from kinect_sync.review.report.markup import Markup
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.stand import Stand
from kinect_sync.values import Value

M = TypeVar("M", bound=Value)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a measurement says."""

    seen: tuple[str, ...]
    """What was seen, a sentence each, with the figures."""
    findings: tuple[Finding, ...] = ()
    """What is not as expected; errors among them decide."""


@dataclass(frozen=True)
class Step(Generic[M]):
    """One step."""

    name: str
    """What it is asked for by: `open-close`."""
    place: int
    """When it is done: the lowest is first."""
    question: str
    """What it is to find out."""
    expected: str
    """What is expected, in a sentence."""
    source: str
    """What makes one expect it."""
    measured: type[M]
    """What it measures, as it is kept."""
    measure: Callable[[Stand], M]
    """Works with the devices; BenchError where they do not let it."""
    judge: Callable[[M, SelftestPlan], Judgement]
    """Judges what was measured: a pure function."""
    takes_s: Callable[[SelftestPlan], float]
    """About how long it takes, in seconds."""
    lacks: Callable[[SelftestPlan], str | None] = lambda _: None
    """Says why it can't be done with this rig; None where it can."""
    draw: Callable[[M], Markup | None] | None = None
    """Draws what was measured, for the page."""
    of_rig: bool = True
    """Whether it needs every device of the rig."""
    pulses: bool = True
    """Whether it runs the rig with its pulses; an external trigger needs somebody who starts and stops it."""
    hand: str | None = None
    """What somebody has to do; None where nobody is needed."""


def needs_master(plan: SelftestPlan) -> str | None:
    """Say that there is no master with subordinates, where that is so."""
    if plan.master is None:
        return "the rig has no master"
    return None if plan.subordinates else "the rig has no subordinate"
