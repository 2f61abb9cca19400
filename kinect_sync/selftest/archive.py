"""The zip of a self-test: everything that was measured, small enough to be attached to an issue."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from pydantic import ConfigDict

from kinect_sync.files import draft_of, is_regular, replace_file
from kinect_sync.selftest.notebook import Notebook
from kinect_sync.selftest.page import make_page
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import RunRecord
from kinect_sync.selftest.registry import find_steps
from kinect_sync.selftest.report import SelftestReport
from kinect_sync.texts import printable
from kinect_sync.values import Value

REPORT = "report.json"
PAGE = "report.html"
RIG = "rig.json"
LINES = "sdk.txt"
IMAGES = "images"
"""Names in the folder and in the zip."""
README = "README.txt"
_TOLD = """What `ksync selftest` measured of a rig.

report.html    to look at
report.json    what `ksync selftest --json` prints
rig.json       the rig, as it was described
measured/      everything that each step measured, with the times of each device's first captures
sdk.txt        what the devices' processes and the SDK printed last
images/        only where --with-images asked for it

Serial numbers are in it, and names of folders may be; of the computer, the system and its version.
"""


class _Measured(Value):
    """What steps measure that run devices, whatever else they keep."""

    model_config = ConfigDict(extra="ignore")

    runs: tuple[RunRecord, ...] = ()


def archive_of(folder: Path) -> Path:
    """Return where the zip of a self-test is."""
    return folder / f"{folder.resolve().name}.zip"


def write_archive(report: SelftestReport, plan: SelftestPlan, notebook: Notebook) -> None:
    """Write page, report and zip into the folder of a self-test. Raises OSError."""
    folder = notebook.folder
    archive = archive_of(folder)
    replace_file(folder / PAGE, make_page(report, notebook).encode())
    replace_file(folder / REPORT, report.model_dump_json(indent=2).encode())
    replace_file(folder / RIG, plan.rig.model_dump_json(indent=2, by_alias=True).encode())
    replace_file(folder / LINES, "".join(_lines(notebook, report)).encode())
    with draft_of(archive) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(README, _TOLD)
        for path in sorted(_members(folder, notebook, images=plan.with_images)):
            file.write(path, path.relative_to(folder).as_posix())


def _members(folder: Path, notebook: Notebook, *, images: bool) -> Iterator[Path]:
    """Iterate over what goes into the zip: links may lead anywhere, and other files are not meant."""
    there = [folder / name for name in (PAGE, REPORT, RIG, LINES)]
    there += [notebook.measured(step.name) for step in find_steps()]
    there += (folder / IMAGES).rglob("*") if images else ()
    yield from (path for path in there if is_regular(path))


def _lines(notebook: Notebook, report: SelftestReport) -> Iterator[str]:
    """Write what was printed in each run of each step, device by device."""
    for step in report.steps:
        measured = notebook.read_measured(step.name, _Measured)
        for run in measured.runs if measured is not None else ():
            for device in run.devices:
                for line in device.lines:
                    told = printable(f"{step.name}: {run.label}: {device.name}: {line}")
                    yield f"{told}\n"
