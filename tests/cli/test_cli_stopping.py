"""A command that makes something which has to be cleared away heeds signals before that."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from kinect_sync.benches import simulation
from kinect_sync.cli.stopping import StopRequest
from kinect_sync.errors import UsageError
from kinect_sync.findings.start import WORKER_NOT_STARTED
from tests.cli.in_process import make_run
from tests.director.scripted import FakeClock, chain


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


@pytest.mark.parametrize(
    ("leaves", "later_s", "goes_on"),
    [
        pytest.param(False, 60.0, True, id="what has to be ended properly"),
        pytest.param(True, 0.1, True, id="a signal that whatever wraps the command passed on"),
        pytest.param(True, 1.0, False, id="somebody who waits no longer"),
    ],
)
def test_who_asks_again_waits_no_longer_where_the_end_comes_by_itself(
    leaves: bool, later_s: float, goes_on: bool
) -> None:
    clock = FakeClock()
    stop = StopRequest(leaves=leaves, now_s=clock)
    assert not stop()
    stop.ask(signal.SIGINT, None)
    assert stop()
    clock.now_s += later_s
    with nullcontext() if goes_on else pytest.raises(KeyboardInterrupt):
        stop.ask(signal.SIGINT, None)
