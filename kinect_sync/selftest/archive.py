"""The zip of a self-test: everything that was measured, small enough to be attached to an issue."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

from kinect_sync.files import draft_of, replace_file
from kinect_sync.selftest.notebook import MEASURED, Notebook
from kinect_sync.selftest.page import make_page
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.report import SelftestReport

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

Serial numbers are in it; of the computer, the system and its version, and no name.
"""


def write_archive(report: SelftestReport, plan: SelftestPlan, notebook: Notebook) -> Path:
    """Write page, report and zip into the folder of a self-test; return the zip. Raises OSError."""
    folder = notebook.folder
    replace_file(folder / PAGE, make_page(report, notebook).encode())
    replace_file(folder / REPORT, report.model_dump_json(indent=2).encode())
    replace_file(folder / RIG, plan.rig.model_dump_json(indent=2, by_alias=True).encode())
    replace_file(folder / LINES, "".join(_lines(notebook, report)).encode())
    archive = folder / f"{folder.resolve().name}.zip"
    with draft_of(archive) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(README, _TOLD)
        for path in sorted(_members(folder, images=plan.with_images)):
            file.write(path, path.relative_to(folder).as_posix())
    return archive


def _members(folder: Path, *, images: bool) -> Iterator[Path]:
    yield from (folder / name for name in (PAGE, REPORT, RIG, LINES))
    yield from (folder / MEASURED).glob("*.json")
    if images:
        yield from (path for path in (folder / IMAGES).rglob("*") if path.is_file())


def _lines(notebook: Notebook, report: SelftestReport) -> Iterator[str]:
    """Write what was printed in each run of each step, device by device."""
    for step in report.steps:
        path = notebook.measured(step.name)
        runs = json.loads(path.read_bytes()).get("runs", ()) if path.is_file() else ()
        for run in runs:
            for device in run["devices"]:
                for line in device["lines"]:
                    yield f"{step.name}: {run['label']}: {device['settings']['name']}: {line}\n"
