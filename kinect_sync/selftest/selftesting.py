"""Does the steps of a self-test, one after the other; it knows nothing of any single one."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any

from kinect_sync.errors import BenchError, Interrupted, KsyncError
from kinect_sync.findings import Finding
from kinect_sync.findings.selftest import SELFTEST_NOT_DONE, SELFTEST_STEP_FAILED
from kinect_sync.selftest.archive import archive_of, write_archive
from kinect_sync.selftest.notebook import Notebook
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.registry import chosen_steps, find_steps
from kinect_sync.selftest.report import (
    NOT_ASKED,
    Outcome,
    SelftestReport,
    StepResult,
    findings_of_steps,
)
from kinect_sync.selftest.stand import Stand, Surroundings
from kinect_sync.selftest.step import Judgement, Step
from kinect_sync.selftest.versions import versions
from kinect_sync.steady import steady_s
from kinect_sync.survey.firmware import firmware_text
from kinect_sync.values import Value
from kinect_sync.verdicts import Verdict, verdict_of

AnyStep = Step[Any]

NEEDS_HAND = "it needs a hand, and there is no terminal to ask on"
NEEDS_TRIGGER = "somebody has to start and stop the external trigger, and there is no terminal to ask on"


class Watcher:
    """Learns how a self-test goes on; each method does nothing until it is overridden."""

    def on_begin(self, step: AnyStep, number: int, count: int) -> None:
        """Learn that a step begins."""

    def on_result(self, result: StepResult, *, kept: bool) -> None:
        """Learn what came of a step; `kept` where that was known from before."""


def run_selftest(
    plan: SelftestPlan,
    around: Surroundings,
    notebook: Notebook,
    *,
    only: Sequence[str] = (),
    watcher: Watcher | None = None,
) -> SelftestReport:
    """Do every step that has no answer yet, or those that `only` names, anew; write report and archive.

    Raises UsageError for a name that no step has, OSError where the folder's disk refuses, and `Interrupted`;
    what was done until then is in the notebook.
    """
    chosen = chosen_steps(only)
    stand = Stand(plan, around, notebook.folder)
    with notebook.held():
        notebook.begin(_firmware(stand), _utc())
        _do(chosen, stand, notebook, watcher or Watcher(), anew=bool(only))
        report = _report(plan, notebook)
        write_archive(report, plan, notebook)
    return report


def listed(plan: SelftestPlan) -> SelftestReport:
    """Return what would be done, without doing any of it."""
    steps = tuple(_not_done(step, plan, step.lacks(plan) or _needs(step, plan)) for step in find_steps())
    return SelftestReport(
        verdict=Verdict.GOOD, findings=(), rig=plan.rig.name, amounts=plan.amounts, steps=steps
    )


def _needs(step: AnyStep, plan: SelftestPlan) -> str:
    if step.hand is None and step.pulses and plan.rig.external_trigger is not None:
        return "it needs a hand for the external trigger"
    return "it needs a hand" if step.hand is not None else ""


def _do(chosen: Sequence[AnyStep], stand: Stand, notebook: Notebook, watcher: Watcher, *, anew: bool) -> None:
    for number, step in enumerate(chosen, start=1):
        before = notebook.results.get(step.name)
        if before is not None and before.done and not anew:
            watcher.on_result(before, kept=True)
            continue
        watcher.on_begin(step, number, len(chosen))
        result, measured = do_step(step, stand)
        notebook.keep(result, measured)
        watcher.on_result(result, kept=False)


def do_step(
    step: AnyStep, stand: Stand, clock: Callable[[], float] = steady_s
) -> tuple[StepResult, Value | None]:
    """Do one step: what came of it, and what it measured, if it got so far."""
    if (reason := _why_not(step, stand)) is not None:
        return _not_done(step, stand.plan, reason), None
    began, utc = clock(), _utc()
    if step.hand is not None and not stand.hand.ask(step.hand):
        return _not_done(step, stand.plan, "it needs a hand, and was declined"), None
    measured, judged = _measure(step, stand)
    undone = _undone(judged)
    told = {
        "outcome": Outcome.NOT_DONE if undone else _outcome(judged.findings),
        "seen": judged.seen,
        "reason": undone,
        "findings": tuple(each for each in judged.findings if each.kind is not SELFTEST_NOT_DONE),
        "utc": utc,
        "took_s": round(clock() - began, 1),
    }
    return _result(step, stand.plan).model_copy(update=told), measured


def _measure(step: AnyStep, stand: Stand) -> tuple[Value | None, Judgement]:
    """Measure and judge; what goes wrong is a judgement too, as it must not cost the other steps."""
    measured: Value | None = None
    try:
        measured = step.measure(stand)
        return measured, step.judge(measured, stand.plan)
    except Interrupted:
        raise
    except KsyncError as error:
        return measured, Judgement((), error.findings)
    except Exception as error:
        return measured, Judgement((), (_defect(error),))


def _undone(judged: Judgement) -> str | None:
    """Return why a step has no answer, though nothing went wrong; None where it has one."""
    if _outcome(judged.findings) is not Outcome.AS_EXPECTED:
        return None
    told = [each.what for each in judged.findings if each.kind is SELFTEST_NOT_DONE]
    return told[0] if told else None if judged.seen else "nothing of it could be measured"


def _outcome(findings: Sequence[Finding]) -> Outcome:
    verdict = verdict_of(findings)
    if verdict is Verdict.GOOD:
        return Outcome.AS_EXPECTED
    return Outcome.OTHERWISE if verdict is Verdict.BAD else Outcome.FAILED


def _why_not(step: AnyStep, stand: Stand) -> str | None:
    """Return why a step can't be done here; None where it can."""
    reason = step.lacks(stand.plan)
    if reason is None and step.hand is not None and stand.around.hand is None:
        reason = NEEDS_HAND
    if reason is None and step.pulses and stand.lacks_trigger:
        reason = NEEDS_TRIGGER
    if reason is None and step.of_rig:
        reason = _who_lacks(stand)
    return reason


def _who_lacks(stand: Stand) -> str | None:
    """Name the devices that are not there, or do not open; only who opens tells who it is."""
    absent = ", ".join(stand.absent())
    if not absent:
        return None
    return (
        f"not found on the bench{', where a device does not open' if stand.closed_devices else ''}: {absent}"
    )


def _result(step: AnyStep, plan: SelftestPlan) -> StepResult:
    return StepResult(
        name=step.name,
        question=step.question,
        expected=step.expected,
        source=step.source,
        about_s=round(step.takes_s(plan)),
        outcome=Outcome.NOT_DONE,
    )


def _not_done(step: AnyStep, plan: SelftestPlan, reason: str) -> StepResult:
    return _result(step, plan).model_copy(update={"reason": reason})


def _defect(error: Exception) -> Finding:
    """Tell a defect with where it was, as an issue needs it."""
    places = traceback.extract_tb(error.__traceback__)
    own = [place for place in places if "kinect_sync" in place.filename]
    place = (own or places)[-1]
    where = f"{place.filename.rpartition('kinect_sync')[2].lstrip('/')}:{place.lineno}"
    return SELFTEST_STEP_FAILED.found(f"{type(error).__name__}: {error} (at {where})")


def _firmware(stand: Stand) -> dict[str, str]:
    """Return the firmware of each device by serial number; nothing where the devices can't be listed."""
    try:
        bench = stand.look()
    except BenchError:
        return {}  # the steps tell why
    return {
        each.serial: firmware_text(each.firmware) if each.firmware else "" for each in bench if each.serial
    }


def _report(plan: SelftestPlan, notebook: Notebook) -> SelftestReport:
    """Return all that is known by now, whichever run of the command found it."""
    results = notebook.results
    steps = tuple(
        results.get(step.name) or _not_done(step, plan, step.lacks(plan) or NOT_ASKED)
        for step in find_steps()
    )
    findings = findings_of_steps(steps)
    return SelftestReport(
        verdict=verdict_of(findings),
        findings=findings,
        rig=plan.rig.name,
        utc=notebook.utc,
        amounts=plan.amounts,
        devices=dict(notebook.devices),
        versions=versions(),
        steps=steps,
        folder=str(notebook.folder),
        archive=str(archive_of(notebook.folder)),
    )


def _utc() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
