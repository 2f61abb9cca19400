"""The page on several hosts as a reader follows it: over namespaces, with virtual Kinects."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import PATIENCE_S
from tests.cli.programs import Talk
from tests.documents import OVER_HOSTS, ROOT, Step, first_not_told, follow, shell_environment, steps
from tests.hosts.computers import STAGE
from tests.hosts.laboratory import Laboratory, laboratory, why_none
from tests.virtual_k4a.bench import LONG_QUEUE, VirtualBench, chain
from tests.virtual_k4a.fixtures import require_virtual_k4a

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(why_none() is not None, reason=str(why_none())),
]
HERE, THERE = ("000123456712",), ("000234567812", "000345678912")
HOST, ADDRESS = "host-b", "10.0.0.12"
"""As the page has them."""
SCREEN = (
    "import os, socket, sys\n"
    "screen = socket.socket(socket.AF_UNIX)\n"
    "screen.bind('\\0/tmp/.X11-unix/X' + os.environ['DISPLAY'].lstrip(':'))\n"
    "print('there', flush=True)\n"
    "sys.stdin.read()\n"
)
"""An X server by name: that of the tests is not seen from another network."""


class Place:
    """One computer, at whose prompt lines are given."""

    def __init__(self, lab: Laboratory, name: str, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.address = lab.address(name)
        self.begin: Callable[..., subprocess.Popen[Any]] = partial(lab.start, name)
        folder.mkdir()
        self.environment = shell_environment(folder / "bin", environment)
        screen = self.begin(
            [sys.executable, "-c", SCREEN], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert screen.stdout is not None
        assert screen.stdout.readline() == b"there\n"

    def run(self, step: Step) -> str | None:
        """Do a step to its end; return what was not as promised."""
        return follow(step, self.folder, self.environment, self.begin)

    def leave_running(self, step: Step) -> str | None:
        """Do a step that goes on; return what it did not say."""
        process = self.begin(
            ["/bin/sh", "-c", step.line], cwd=self.folder, env=self.environment, stderr=subprocess.PIPE
        )
        assert process.stderr is not None
        talk, until_s = Talk(process.stderr), time.monotonic() + PATIENCE_S
        while (lacking := first_not_told(step.told, str(talk))) is not None:
            if process.poll() is not None or time.monotonic() > until_s:
                return f"{step.line}\ndoes not tell\n{lacking}\nbut\n{talk}"
            time.sleep(0.05)
        return None


@pytest.fixture
def places(tmp_path: Path) -> Iterator[dict[str, Place]]:
    require_virtual_k4a()
    # A machine too slow for the queue of seven would lose captures, and lines would exit with 1.
    bench = VirtualBench(tmp_path, chain(*HERE, *THERE, queue=LONG_QUEUE))
    with laboratory(STAGE, HOST) as lab:
        stage = Place(lab, STAGE, tmp_path / STAGE, bench.environment(*HERE))
        host = Place(lab, HOST, tmp_path / HOST, bench.environment(*THERE))
        let_copy(stage, host)
        write_configs(stage.folder / "configs", lab.address(HOST))
        yield {"": stage, HOST: host}


def let_copy(stage: Place, host: Place) -> None:
    """Have an `scp` on the first computer that brings folders to the other."""
    script = stage.folder / "bin" / "scp"
    script.write_text(f'#!/bin/sh\nexec cp -r "$2" "{host.folder}"\n')
    script.chmod(0o755)


def write_configs(folder: Path, address: str) -> None:
    """Have the rigs of a clone, with the address that the host has here."""
    shutil.copytree(ROOT / "configs", folder)
    rig = folder / "several_hosts.yaml"
    rig.write_text(rig.read_text(encoding="utf-8").replace(ADDRESS, address), encoding="utf-8")


def test_the_page_on_several_hosts_does_what_it_says(places: dict[str, Place]) -> None:
    address = places[HOST].address
    for step in steps(OVER_HOSTS):
        here = replace(step, line=step.line.replace(ADDRESS, address),
                       told=tuple(line.replace(ADDRESS, address) for line in step.told))  # fmt: skip
        place = places[step.host]
        wrong = place.leave_running(here) if "ksync agent" in step.line else place.run(here)
        assert wrong is None, wrong
