"""What ksync makes of a golden take: all that a user can ask of it, as values to be kept and compared."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from PIL import Image

TAKE = "take"
"""Commands run in the folder that holds the take, so that no path of a machine is in what they say."""
Run = Callable[[Sequence[str], Path], tuple[int, str]]
"""Runs ksync with arguments in a folder; returns its exit code and what it wrote to stdout."""
ENCODED = {"nbytes"}
"""Fields that depend on the version of zlib."""
_VERSION = re.compile(r"\b\d+\.\d+\.\d+\b")


def look_at(run: Run, folder: Path) -> dict[str, Any]:
    """Inspect, export and report the take in a folder, repair it and build its index anew."""
    files = sorted(path.name for path in (folder / TAKE).glob("*.mkv"))
    return {
        "inspect": ask(run, folder, "inspect", TAKE),
        "inspect files": ask(run, folder, "inspect", *(f"{TAKE}/{name}" for name in files)),
        "export": exported(run, folder),
        "report": reported(run, folder),
        "repair": ask(run, folder, "repair", TAKE),
        "inspect repaired": ask(run, folder, "inspect", TAKE),
        "rebuild": rebuilt(run, folder),
    }


def ask(run: Run, folder: Path, *arguments: str) -> dict[str, Any]:
    """The exit code and the report of a command."""
    code, out = run([*arguments, "--json"], folder)
    report: dict[str, Any] = json.loads(out)
    return {"code": code, "report": {name: value for name, value in report.items() if name not in ENCODED}}


def exported(run: Run, folder: Path) -> dict[str, Any]:
    """The report of an export of all pulses, holes too, and a digest of each file."""
    told = ask(run, folder, "export", TAKE, "-o", "out", "--holes", "--jobs", "1")
    out = folder / "out"
    paths = sorted(path for path in out.rglob("*") if path.is_file())
    return {
        **told,
        "index.csv": table(out / "index.csv"),
        "calibration.json": {
            path.parent.name: json.loads(path.read_text(encoding="utf-8"))
            for path in paths
            if path.name == "calibration.json"
        },
        "images": {
            path.relative_to(out).as_posix(): digest(path)
            for path in paths
            if path.parent.parent.parent == out
        },
    }


def digest(path: Path) -> str:
    """A digest of a JPEG's bytes, which are those of the recording, and of a PNG's pixels, however packed."""
    if path.suffix != ".png":
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    with Image.open(path) as image:
        return hashlib.sha256(f"{image.mode} {image.size} ".encode() + image.tobytes()).hexdigest()[:16]


def reported(run: Run, folder: Path) -> dict[str, Any]:
    """What the page of a report says, line by line, and how many pictures it shows."""
    code, _ = run(["report", TAKE, "-o", "page.html"], folder)
    page = (folder / "page.html").read_text(encoding="utf-8")
    reader = _Lines()
    reader.feed(page)
    return {"code": code, "lines": reader.lines, "pictures": page.count("data:image/")}


class _Lines(HTMLParser):
    """The text of a page, without its style."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._hidden = tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.lines.append(" ".join(data.split()))


def rebuilt(run: Run, folder: Path) -> dict[str, Any]:
    """The index that is made of the recordings alone."""
    for name in ("alignment.csv", "take.json"):
        (folder / TAKE / name).unlink()
    told = ask(run, folder, "inspect", TAKE, "--rebuild")
    return {**told, "alignment.csv": table(folder / TAKE / "alignment.csv")}


def table(path: Path) -> list[dict[str, str]] | None:
    """The rows of a CSV file by column; None where there is none."""
    if not path.exists():
        return None
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def differences(old: Any, new: Any, where: str = "") -> Iterator[str]:
    """Tell where something that was there has another value now; additions, and advice, are none of it."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name, value in old.items():
            if name in new:
                yield from differences(value, new[name], f"{where}/{name}")
            else:
                yield f"{where}/{name}: is not there any more; it was {value!r}"
    elif isinstance(old, list) and isinstance(new, list):
        if where.endswith("/lines"):
            yield from _missing_lines(old, new, where)
            return
        if len(old) != len(new):
            yield f"{where}: has {len(new)} entries, and had {len(old)}: {new!r}, {old!r}"
        for number, pair in enumerate(zip(old, new, strict=False)):
            yield from differences(*pair, f"{where}/{number}")
    elif not _same(old, new) and not (old is None and where.endswith("/remedy")):
        yield f"{where}: is {new!r}, and was {old!r}"


def _missing_lines(old: list[str], new: list[str], where: str) -> Iterator[str]:
    """Lines of a page that are gone; others may have come in between."""
    rest = iter(_plain(line) for line in new)
    for number, line in enumerate(old):
        if _plain(line) not in rest:
            yield f"{where}/{number}: {line!r} is not there any more, in this place"
            return


def _plain(text: str) -> str:
    return _VERSION.sub("VERSION", text)


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, float) and isinstance(new, (int, float)):
        return math.isclose(old, new, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(old, str) and isinstance(new, str):
        return old == new.replace("\\", "/")
    return bool(old == new)
