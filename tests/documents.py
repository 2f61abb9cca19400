"""The documents as a reader follows them: what each tells one to run, and what it promises to come of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OVER_HOSTS = ROOT / "docs" / "how-to" / "run-over-hosts.md"
"""What happens at the prompts of several computers, which another test has."""
FUSE_CLOUDS = ROOT / "docs" / "how-to" / "fuse-clouds.md"
"""What needs a take of a calibrated rig, which another test makes in no time."""
OTHER_PROGRAMS = ROOT / "docs" / "how-to" / "use-other-programs.md"
"""As above, and it needs programs that not everybody has."""
PROGRAMS_RUN_BY = {
    "docs/explanation/live-rows.md": "tests/library/test_library_streaming_space.py",
    "docs/how-to/export-images.md": "tests/review/test_review_export_interop.py",
    "docs/reference/take.md": "tests/takes/test_takes_reference.py",
    "docs/how-to/use-other-programs.md": "tests/review/test_review_programs_manual.py",
    "docs/tutorials/live-rows.md": "tests/library/test_library_tutorial.py",
    "docs/tutorials/python.md": "tests/library/test_library_tutorial.py",
}
"""Documents whose lines of Python other tests run, and look closer at what comes out."""
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMPT = re.compile(r"^(?=[\w-]*\$ )", re.MULTILINE)
_COMMAND = re.compile(r"(?P<host>[\w-]*)\$ (?P<line>.*?)(?:\s+# exit (?P<code>\d+))?")


@dataclass(frozen=True)
class Step:
    """A command of a shell, or lines of Python, and what is promised."""

    line: str
    code: int = 0
    """The exit code."""
    told: tuple[str, ...] = ()
    """Lines that come out, in this order; `…` stands for anything, alone for any lines."""
    is_python: bool = False
    host: str = ""
    """The other computer at whose prompt it is given: `host-b$ `."""


def blocks(language: str, path: Path) -> list[str]:
    """Return the text of each block in one language."""
    return [
        each["text"]
        for each in _BLOCK.finditer(path.read_text(encoding="utf-8"))
        if each["language"] == language
    ]


def steps(path: Path) -> list[Step]:
    """Return what a document tells one to run, in its order."""
    elsewhere = path.relative_to(ROOT).as_posix() in PROGRAMS_RUN_BY
    found: list[Step] = []
    for block in _BLOCK.finditer(path.read_text(encoding="utf-8")):
        if block["language"] == "python" and not elsewhere:
            found.append(Step(block["text"], is_python=True))
        elif block["language"] == "console":
            found += _commands(block["text"])
    return found


def _commands(text: str) -> Iterator[Step]:
    first, *parts = _PROMPT.split(text)
    if first:
        raise ValueError(f"a block of the console begins without a command: {first!r}")
    for part in parts:
        command, *told = part.splitlines()
        match = _COMMAND.fullmatch(command)
        if match is None:
            raise ValueError(f"no command: {command!r}")
        lines = tuple(each for each in told if each.strip())
        yield Step(match["line"], int(match["code"] or 0), lines, host=match["host"])


def follow(
    step: Step,
    folder: Path,
    environment: dict[str, str],
    begin: Callable[..., subprocess.Popen[str]] = subprocess.Popen,
) -> str | None:
    """Do a step in a folder; return what was not as promised. `begin` starts a process."""
    command = [sys.executable, "-c", step.line] if step.is_python else ["/bin/sh", "-c", step.line]
    with begin(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            output, _ = process.communicate(timeout=90)
        finally:
            process.kill()
    if process.returncode != step.code:
        return f"{step.line}\nends with {process.returncode} instead of {step.code}:\n{output}"
    lacking = first_not_told(step.told, output)
    if lacking is not None or "Traceback" in output:
        return f"{step.line}\ndoes not tell\n{lacking}\nbut\n{output}"
    return None


def shell_environment(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    """Return an environment in which `ksync` is this one, and keeps what is a user's beside it."""
    folder.mkdir(exist_ok=True)
    script = folder / "ksync"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kinect_sync "$@"\n')
    script.chmod(0o755)
    path = f"{folder}{os.pathsep}{environment['PATH']}"
    return environment | {
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
        "XDG_CONFIG_HOME": str(folder / "settings"),
    }


def first_not_told(told: tuple[str, ...], output: str) -> str | None:
    """Return the first line that does not come out after those before it; any white space is one space."""
    lines = iter([" ".join(line.split()) for line in output.splitlines()])
    for line in told:
        pattern = re.compile(re.escape(" ".join(line.split())).replace("…", ".*"))
        if line.strip() != "…" and not any(pattern.fullmatch(each) for each in lines):
            return line
    return None
