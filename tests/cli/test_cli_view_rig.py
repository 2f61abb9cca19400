"""`ksync view RIG`: a rig is shown until Ctrl-C, whatever becomes of its viewer, and nothing of it stays."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.director.link import Launch
from kinect_sync.director.observer import Snapshot
from kinect_sync.director.run import RunPlan
from kinect_sync.survey.verify import VerifyReport
from kinect_sync.takes.names import MANIFEST
from kinect_sync.verdicts import Verdict
from kinect_sync.viewer.launching import LaunchedViewer, ViewerNotStarted
from kinect_sync.wire.capture_ring import RingReader
from tests.cli.commands import CONFIGS, wait_until
from tests.cli.in_process import Run
from tests.cli.programs import PATIENT, Program
from tests.cli.reaper import read_proc
from tests.viewer.pulling import Browser

RIG = CONFIGS / "standalone.yaml"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((RIG, "--linger", 5), "--linger is for a take"),
        ((RIG, "--simulate", "--playback", "."), "give one of them"),
        ((RIG, "--standalone", "--playback", "."), "leave one out"),
        ((".", "--standalone"), "--standalone is for a rig file"),
        ((".", "--duration", 3), "--duration is for a rig file"),
        (("none.yaml",), "none.yaml"),
    ],
)
def test_what_belongs_to_the_other_one_is_refused(run: Run, arguments: tuple[object, ...], told: str) -> None:
    done = run("view", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in " ".join(done.err.split())


def test_a_rig_that_nobody_can_look_at_is_not_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> LaunchedViewer:
        raise ViewerNotStarted("no more processes")

    def show(
        _plan: RunPlan, folder: Path, _launch: Launch, *, stopping: Callable[[], bool], **options: Any
    ) -> VerifyReport:
        (folder / MANIFEST).touch()
        assert not stopping()
        for each in options["observers"]:
            each.on_change(Snapshot((), None, elapsed_s=0.0, pulses=0, complete=0, free_bytes=None))
        assert stopping(), "it ends, as that was all it was for"
        return VerifyReport(verdict=Verdict.GOOD, findings=())

    monkeypatch.setattr("kinect_sync.cli.viewing.LaunchedViewer", refuse)
    monkeypatch.setattr("kinect_sync.cli.view_rig.show_rig", show)
    monkeypatch.setenv("KSYNC_MEMORY", str(tmp_path))
    done = run("view", RIG, "--simulate", "--quiet")
    assert done.code == 3
    assert "error: no viewer runs: no more processes" in done.err
    assert list(tmp_path.glob("ksync-rig-*")) == []


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Program]:
    environment = {**os.environ, "KSYNC_MEMORY": str(tmp_path)}
    arguments = ("view", RIG, "--simulate", "--standalone")
    program = Program(*arguments, environment=environment, program=("-c", PATIENT))
    yield program
    program.end()


@pytest.mark.realtime
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP and no SIGINT for one process")
def test_a_rig_goes_on_whatever_becomes_of_its_viewer_and_ends_by_ctrl_c(
    shown: Program, tmp_path: Path
) -> None:
    shown.talk.wait_for("view: http://")
    address = next(line for _, line in shown.talk.lines if line.startswith("view: "))[6:]
    with closing(Browser(address)) as browser:
        browser.enter()
        wait_until(lambda: browser.pull().head["devices"][0]["color"], "it is seen")
        first = browser.pull().head["devices"][0]["stamp"]
        wait_until(lambda: browser.pull().head["devices"][0]["stamp"] > first, "and goes on")
    (folder,) = tmp_path.glob("ksync-rig-*")
    (viewer,) = [each for each in shown.processes() if b"\0view\0" in read_proc(each, "cmdline")]
    with closing(RingReader(folder / "only.ring")) as newest:
        for blow in (signal.SIGSTOP, signal.SIGKILL):
            os.kill(viewer, blow)
            published = newest.copy_newest()
            assert published is not None
            number = published.label.number
            wait_until(lambda number=number: newest.copy_newest(number), "it is published all the same")
    shown.process.send_signal(signal.SIGINT)
    ended = shown.wait()
    assert ended.code == 0, ended.err
    wait_until(lambda: not shown.processes(), "nothing of it is left")  # a killed one is reaped by the system
    assert "nobody judged whether they are in sync" in ended.out
    assert [path for path in tmp_path.iterdir() if "ksync" in path.name] == []
