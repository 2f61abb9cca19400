"""The page of a self-test: one HTML file without anything from elsewhere, in the looks of a take's report."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kinect_sync.review.report.frame import fact_boxes, finding_list, page_of
from kinect_sync.review.report.markup import Markup, tag
from kinect_sync.selftest.notebook import Notebook
from kinect_sync.selftest.plan import QUICK
from kinect_sync.selftest.registry import find_steps
from kinect_sync.selftest.report import Outcome, SelftestReport, StepResult
from kinect_sync.selftest.step import Step
from kinect_sync.verdicts import Rung

GENERATOR = "ksync selftest"
_STYLES = {Outcome.AS_EXPECTED: "good", Outcome.OTHERWISE: "bad", Outcome.FAILED: "bad"}
_OWN_STYLE = """
.step h2{display:flex;flex-wrap:wrap;gap:4px 12px;align-items:center;margin-bottom:6px}
.step .verdict{font-size:13px;padding:2px 11px}.verdict.none{color:var(--soft);background:var(--bg)}
.step dl{display:grid;grid-template-columns:minmax(70px,max-content) 1fr;gap:3px 14px;margin:0;font-size:14px}
.step dt{color:var(--soft)}.step dd{margin:0;overflow-wrap:anywhere}
.step ul.seen{margin:0;padding:0;list-style:none}.step figure{margin-top:16px}
.rehearsal{color:var(--soft);margin-top:12px}
"""


def make_page(report: SelftestReport, notebook: Notebook) -> str:
    """Return the page as one HTML text."""
    steps = {step.name: step for step in find_steps()}
    sections = (
        _section(result, _drawn(steps[result.name], notebook) if result.name in steps else None)
        for result in report.steps
    )
    main = tag("main", _header(report), _facts(report), _rehearsal(report), *sections, _footer(report))
    return page_of(f"{report.rig}: self-test", GENERATOR, main, own_style=_OWN_STYLE)


def _header(report: SelftestReport) -> Markup:
    words, style = _verdict(report)
    return tag(
        "header",
        tag("h1", f"Self-test of {report.rig}"),
        tag("span", words, class_=f"verdict {style}"),
        tag("p", f"Begun {report.utc}", class_="sub"),
    )


def _verdict(report: SelftestReport) -> tuple[str, str]:
    if report.verdict.rung is Rung.YES:
        return ("As expected", "good") if report.tells else ("Nothing done", "warn")
    return ("Not as expected" if report.verdict.rung is Rung.NO else "Failed"), "bad"


def _facts(report: SelftestReport) -> Markup:
    counts = Counter(step.outcome for step in report.steps)
    entries = [(outcome.told, str(counts[outcome]), _STYLES.get(outcome, "")) for outcome in Outcome]
    minutes = sum(step.took_s for step in report.steps) / 60
    entries += [("minutes", f"{minutes:.0f}", ""), ("devices", str(len(report.devices)), "")]
    return fact_boxes((name, value, style if value != "0" else "") for name, value, style in entries)


def _rehearsal(report: SelftestReport) -> Markup | None:
    if report.amounts != QUICK:
        return None
    return tag(
        "p", "A rehearsal (--quick): each step was done, too short to know a rig by it.", class_="rehearsal"
    )


def _section(result: StepResult, figure: Markup | None) -> Markup:
    style = _STYLES.get(result.outcome, "none")
    heading = tag(
        "h2", f"{result.name}: {result.question}", tag("span", result.outcome.told, class_=f"verdict {style}")
    )
    seen = tag("ul", *(tag("li", each) for each in result.seen), class_="seen")
    rows = [("expected", tag("dd", result.expected)), ("source", tag("dd", result.source))]
    rows += [("seen", tag("dd", seen))] if result.seen else []
    rows += [("not done", tag("dd", result.reason))] if result.reason else []
    facts = tag("dl", *(part for name, cell in rows for part in (tag("dt", name), cell)))
    return tag(
        "section", heading, facts, finding_list(result.findings), figure, class_="step", id=result.name
    )


def _drawn(step: Step[Any], notebook: Notebook) -> Markup | None:
    """Draw what a step measured; nothing where it measured nothing that can be read."""
    if step.draw is None:
        return None
    measured = notebook.read_measured(step.name, step.measured)
    return step.draw(measured) if measured is not None else None


def _footer(report: SelftestReport) -> Markup:
    devices = "; ".join(f"{serial}: {firmware or 'unknown'}" for serial, firmware in report.devices.items())
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return tag("footer", tag("p", f"Firmware: {devices}."), tag("p", f"Made with {versions}."))
