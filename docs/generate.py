"""Writes the pages of `docs/reference` that follow from declarations in the code: `python docs/generate.py`.

A test compares them with what is in the folder, so that no page outlives its declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

from kinect_sync.doctor import checks
from kinect_sync.doctor.registry import check_modules
from kinect_sync.findings import THEMES, Kind, Severity

REFERENCE = Path(__file__).parent / "reference"
_MADE = "<!-- Made by `python docs/generate.py`: change the declarations, not this page. -->\n"
_INTRODUCTION = """# Findings

Whatever ksync has to say about a rig, a bench or a take is a finding: a code for scripts, how much it weighs,
the device, what is wrong and what to do. This page lists every code. A finding in a report names values,
places and cables where this page speaks in general.

| weighs | means |
|---|---|
| error: answer | the command did what was asked, and the answer is no: exit code 1 |
| error: refusal | what was asked for, or the rig file, is not right, and nothing was done: exit code 2 |
| error: failure | a device, the SDK or the computer failed, and nobody knows the answer: exit code 3 |
| warning | worth a look; the exit code stays |
| note | a fact; the exit code stays |

Where a finding ends a command before it has begun, it is refused (2), whatever the code says in a report. A
code may weigh less than declared here, as a missing recording among several does, or more, as holes beyond
`--max-drop-percent` do.
"""


def findings_page() -> str:
    """Return the page of all findings, by theme."""
    themes = [_section(theme, [theme]) for theme in THEMES]
    return "\n".join([_MADE, _INTRODUCTION, *themes, _section(checks, check_modules())])


def _section(theme: ModuleType, modules: Iterable[ModuleType]) -> str:
    first, _, rest = (theme.__doc__ or "").split("\n\n")[0].replace("\n", " ").partition(": ")
    kinds = [each for module in modules for each in vars(module).values() if isinstance(each, Kind)]
    kinds.sort(key=lambda kind: kind.code)
    rows = ["| code | weighs | means | what to do |", "|---|---|---|---|", *map(_row, kinds)]
    return "\n".join([f"## {first}\n", f"{rest[0].upper()}{rest[1:]}\n", *rows, ""])


def _row(kind: Kind) -> str:
    return f"| `{kind.code}` | {_weight(kind)} | {kind.means} | {kind.remedy or 'nothing: it is a fact'} |"


def _weight(kind: Kind) -> str:
    word = kind.severity.value
    if kind.severity is Severity.ERROR:
        return f"{word}: {kind.nature.value}"
    return f"{word}; error in `ksync {kind.error_in}`" if kind.error_in else word


PAGES: dict[str, Callable[[], str]] = {"findings.md": findings_page}
"""What makes each page, by its name."""


def main() -> None:
    """Write every page."""
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
