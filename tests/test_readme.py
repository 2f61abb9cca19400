"""The README is run: every command that it shows, in a folder like a clone, over virtual Kinects."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import click
import pytest

from kinect_sync.cli.main import ksync
from kinect_sync.cli.subcommands import SUBCOMMANDS
from kinect_sync.rig.loading import parse_rig
from tests.virtual_k4a.bench import VirtualBench, chain
from tests.virtual_k4a.fixtures import require_virtual_k4a

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SERIALS = ("000123456712", "000234567812", "000345678912")


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def parts() -> list[str]:
    """The README up to the first take, and from there on: neither needs what the other makes."""
    before, heading, after = README.partition("\n## Record a take\n")
    return [before, heading + after]


def commands(text: str) -> list[tuple[str, int]]:
    lines = [line[2:] for block in blocks("console", text) for line in block.splitlines() if line[:2] == "$ "]
    found = (re.fullmatch(r"(.*?)(?:\s+# exit (\d+))?", line) for line in lines)
    return [(each[1], int(each[2] or 0)) for each in found if each]


def run(line: str, clone: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    scripts = clone / "bin"
    scripts.mkdir(exist_ok=True)
    script = scripts / "ksync"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kinect_sync "$@"\n')
    script.chmod(0o755)
    environment |= {"PATH": f"{scripts}{os.pathsep}{environment['PATH']}", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        line, shell=True, cwd=clone, env=environment, capture_output=True, text=True, timeout=90
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the README's examples are lines of a POSIX shell")
@pytest.mark.realtime
def test_every_command_of_the_readme_does_what_it_says(tmp_path: Path) -> None:
    require_virtual_k4a()
    assert all(len(commands(part)) >= 8 for part in parts())
    with ThreadPoolExecutor() as threads:
        done = [
            threads.submit(try_all, commands(part), tmp_path / str(at)) for at, part in enumerate(parts())
        ]
    for each in done:
        each.result()


def try_all(lines: list[tuple[str, int]], clone: Path) -> None:
    """Run lines one after the other in a folder like a clone."""
    shutil.copytree(ROOT / "configs", clone / "configs")
    for number, (line, code) in enumerate(lines):
        # A machine too slow for the queue of seven would lose captures, and lines would exit with 1.
        devices = [replace(device, queue=600) for device in chain(*SERIALS)]
        bench = VirtualBench(clone / f"bench-{number}", devices)
        done = run(line, clone, bench.environment())
        assert done.returncode == code, f"{line}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr


def test_the_rig_of_the_readme_is_valid() -> None:
    assert parse_rig(blocks("yaml")[0]).rig.name == "studio-a"


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_command_is_in_the_readme_and_explains_itself(name: str) -> None:
    assert f"| `ksync {name}" in README, f"{name} is missing in the table of commands"
    command = ksync.get_command(click.Context(ksync), name)
    assert command is not None
    assert command.help
    assert [each.name for each in command.params if isinstance(each, click.Option) and not each.help] == []


def test_the_files_that_the_readme_names_exist() -> None:
    for path in re.findall(r"`((?:configs|docs|benchmarks)/[\w./-]+)`", README):
        assert (ROOT / path).exists(), path


def test_the_readme_is_finished() -> None:
    assert not re.search(r"TODO|TBD|FIXME|^[A-Z]{6,}$", README, re.MULTILINE)


def test_the_two_commands_of_the_first_minute_stand_in_the_readme() -> None:
    first, second = (block.strip() for block in blocks("sh")[:2])
    assert first.startswith("pip install . && ksync start configs/")
    assert "--simulate" in first
    assert second == 'pip install -e ".[dev]" && pytest'
