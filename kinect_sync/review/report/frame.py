"""What every page has: one file without anything from elsewhere, facts in boxes, findings in a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kinect_sync.findings import Finding
from kinect_sync.review.report.markup import Markup, tag
from kinect_sync.review.report.style import STYLE


def page_of(title: str, generator: str, main: Markup, *, own_style: str = "") -> str:
    """Return a page as one HTML text; near its beginning `generator` names what made it."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="generator", content=generator),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(STYLE + own_style)),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', main), lang='en')}\n"


def fact_boxes(entries: Iterable[tuple[str, str, str]]) -> Markup:
    """Show facts at a glance: name, value, and the class that the value is styled by."""
    boxes = (tag("div", tag("dt", name), tag("dd", value, class_=style)) for name, value, style in entries)
    return tag("dl", *boxes, class_="facts")


def finding_list(findings: Sequence[Finding]) -> Markup | None:
    """List findings with their devices and remedies; nothing where there are none."""
    items = (
        tag(
            "li",
            tag("b", f"{finding.device}: ") if finding.device else None,
            finding.what,
            tag("small", finding.remedy) if finding.remedy else None,
            class_=finding.severity.value,
        )
        for finding in findings
    )
    return tag("ul", *items, class_="findings") if findings else None
