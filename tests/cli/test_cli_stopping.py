"""A command that makes something which has to be cleared away heeds signals before that."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kinect_sync.benches import simulation
from kinect_sync.errors import UsageError
from kinect_sync.findings.start import WORKER_NOT_STARTED
from tests.cli.in_process import make_run
from tests.director.scripted import chain


@pytest.mark.parametrize("command", ["start", "verify", "selftest", "devices", "check-jacks"])
def test_a_simulation_begins_when_its_end_can_be_asked_for(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed in between, the command would leave the folder of the simulation behind."""
    heeded = []

    @contextmanager
    def folder() -> Iterator[Path]:
        heeded.append(signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL)
        if heeded:
            raise UsageError(WORKER_NOT_STARTED.found("enough was seen"))
        yield tmp_path

    rig = tmp_path / "rig.json"
    rig.write_text(json.dumps(chain().model_dump(mode="json", by_alias=True, exclude_none=True)))
    monkeypatch.setattr(simulation, "shared_folder", folder)
    monkeypatch.chdir(tmp_path)
    make_run(monkeypatch, capsys)(command, rig, "--simulate")
    assert heeded == [True]
