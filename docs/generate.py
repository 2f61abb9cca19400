"""Writes the pages of `docs/reference` that follow from declarations in the code: `python docs/generate.py`.

A test compares them with what is in the folder, so that no page outlives its declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

from docs.command_page import command_page
from docs.python_page import python_page
from docs.schema_tables import field_table, value_section
from docs.settings_tables import settings_tables
from docs.stream_page import stream_page
from docs.take_tables import fill_tables
from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.cli.exit_codes import exit_code
from kinect_sync.cli.reports import REPORTS, report_schema
from kinect_sync.devices.simulated.faults import Faults
from kinect_sync.doctor import checks
from kinect_sync.doctor.registry import check_modules
from kinect_sync.field_texts import field_texts
from kinect_sync.findings import THEMES, Kind, Severity
from kinect_sync.rig.schema import rig_schema
from kinect_sync.verdicts import Report, Verdict

REFERENCE = Path(__file__).parent / "reference"
_MADE = "<!-- Made by `python docs/generate.py`: change the declarations, not this page. -->"
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


def made(page: str) -> str:
    """Return a page that says below its heading how it was made."""
    heading, _, rest = page.partition("\n")
    return f"{heading}\n\n{_MADE}\n{rest}"


def findings_page() -> str:
    """Return the page of all findings, by theme."""
    themes = [_section(theme, [theme]) for theme in THEMES]
    return made("\n".join([_INTRODUCTION, *themes, _section(checks, check_modules())]))


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


# --- files that people write ----------------------------------------------------------------------------

_RIG = """# The rig file

What a rig file may say, in YAML. Serial numbers stand in quotes, or YAML reads them as numbers. Names begin
with a letter or a digit, and go on with these, `-` and `_`. What fields must be to one another,
`ksync validate` tells; `ksync schema` prints all of this as a JSON Schema.
"""
_FAULTS = """# The file of faults

What can be wrong with a simulated bench: `--simulate FAULTS` takes it, and `configs/faults/` has an example
for each. Where something happens at a capture, it is named by its pulse; pulses are numbered from 0. Several
pulses are a list, `[120, 121]`, or a distance, `{every: 50, start: 100}`.

Under `world` stands what the devices see, where it is one room for all: metres, z up, the origin on the floor
in the middle. `configs/worlds/` has examples.
"""


def rig_page() -> str:
    """Return the page of the rig file's fields."""
    return made(f"{_RIG}\n{settings_tables(rig_schema())}")


def faults_page() -> str:
    """Return the page of what may be wrong with simulated devices."""
    return made(f"{_FAULTS}\n{settings_tables(Faults.model_json_schema(by_alias=True))}")


_RIG_CALIBRATION = """# The calibration of a rig

`ksync calibrate` writes `rig_calibration.json`: where each camera of a rig is in one common world, and how
well that is known. A rig file names it (`calibration:`), and each take then has a copy beside `take.json`.
`ksync schema rig_calibration` prints a JSON Schema of it.

Axes are OpenCV's in every camera: x right, y down, z forward. Lengths are metres but where a name says `mm`.
A point of a camera becomes one of the world by `camera_to_world`: `p' = M p` with `p = (x, y, z, 1)`. Pixels
of depth come into that camera by the factory calibration that each recording carries; `depth_offset_mm` is
added to what depth says before. `null` is what nobody knows.

Another version of this format has another number in `format`; ksync says of a later one that it is later
(`rig-calibration-newer`).
"""


def rig_calibration_page() -> str:
    """Return the page of the file that says where the cameras are."""
    schema = RigCalibration.model_json_schema(mode="serialization")
    values = schema["$defs"]
    lines = [_RIG_CALIBRATION, *value_section("##", "rig_calibration.json", schema, values)]
    for name, value in values.items():
        if "properties" in value and name != "Finding":
            lines += value_section("###", name, value, values)
    finding = "[Finding](reports.md#finding)"
    return made("\n".join(lines).replace("[Finding](#finding)", finding))


# --- reports --------------------------------------------------------------------------------------------

_REPORTS = """# Reports

With `--json` a command prints one report on stdout and nothing else, whatever happens; what it finds is told
on stderr as well. The exit code follows the verdict. Only a command line that is not understood (exit code 2)
and an interruption (130) leave stdout empty.

Each report has the same frame. `ksync schema REPORT`, with the name of a report, prints its JSON Schema.
Fields may be added to a format; none goes, and none comes to mean something else, without another `format`.
"""
_VERDICTS = """## Verdicts

From the best to the worst. A report without an answer, `refused` or `failed`, has all of its fields too: what
nobody knows is null, empty or 0.

| verdict | exit code | means |
|---|---|---|"""
_FRAME = {
    "report": "text",
    "format": "whole number",
    "verdict": "one of the words below",
    "findings": "list of [Finding](#finding)",
}


def reports_page() -> str:
    """Return the page of all reports, in the order of the commands, with the values in each."""
    frame = {name: field_texts(Report).get(name, "") for name in Report.model_fields}
    lines = [_REPORTS, *field_table((name, _FRAME[name], means) for name, means in frame.items())]
    lines += [_VERDICTS, *(f"| `{each}` | {exit_code(each):d} | {each.means} |" for each in Verdict), ""]
    told: set[str] = set()
    for name, report in REPORTS.items():
        schema = report_schema(report)
        values = schema["$defs"]
        lines += value_section("##", name, schema, values, without=("report", "format"))
        for each in sorted(set(values) - told):
            if "properties" in values[each]:
                lines += value_section("###", each, values[each], values)
        told |= set(values)
    return made("\n".join(lines))


def commands_page() -> str:
    """Return the page of all commands."""
    return made(command_page())


def library_page() -> str:
    """Return the page of what programs import."""
    return made(python_page())


def take_page() -> str:
    """Return the page of the files of a take: its prose as it stands there, its tables anew."""
    return fill_tables((REFERENCE / "take.md").read_text(encoding="utf-8"))


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "faults.md": faults_page,
    "findings.md": findings_page,
    "python.md": library_page,
    "reports.md": reports_page,
    "rig-calibration.md": rig_calibration_page,
    "rig.md": rig_page,
    "stream.md": lambda: made(stream_page()),
    "take.md": take_page,
}
"""What makes each page, by its name."""


def main() -> None:
    """Write every page."""
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
