"""`ksync view TAKE` and `ksync start --view`: an address, a process of its own, and an end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from shutil import copytree, which
from socket import gethostname

import pytest

from kinect_sync.cli.viewing import viewing
from kinect_sync.director.observer import Snapshot
from kinect_sync.findings import Finding
from kinect_sync.viewer.launching import LaunchedViewer, ViewerNotStarted
from kinect_sync.viewer.process import AUTOGROUP
from tests.cli.commands import CONFIGS, Ended, count_rows, wait_until
from tests.cli.in_process import Run, make_run
from tests.cli.programs import PATIENT, Program
from tests.cli.reaper import PROC, read_proc
from tests.review.small_takes import make_take
from tests.viewer.pulling import Browser

IONICE = which("ionice")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sessions and no SIGSTOP")


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_take(tmp_path_factory.mktemp("view") / "monday-1", pulses=5)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands in this process, which stays in its session and does not stand back."""
    monkeypatch.setattr("kinect_sync.cli.view.go_apart", lambda: lambda: False)
    monkeypatch.setattr("kinect_sync.cli.view.stand_back", lambda: None)
    return make_run(monkeypatch, capsys)


# --- in this process ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["monday-1", "v1.yaml"])
def test_the_address_is_all_that_is_printed(run: Run, take: Path, tmp_path: Path, name: str) -> None:
    done = run("view", copytree(take, tmp_path / name), "--linger", 0)
    assert done.code == 0
    assert done.out.startswith("http://127.0.0.1:")
    assert (done.out.count("\n"), done.err) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("nowhere",), 2, "not the folder of a take"),
        ((".",), 2, "not the folder of a take"),
        (("monday-1", "--port", 65536), 2, "65536"),
        (("monday-1", "--linger", -1), 2, "-1"),
        (("monday-1", "--linger", 0, "--host", "192.0.2.1"), 3, "can't be served at 192.0.2.1"),
    ],
)
def test_what_cannot_be_is_refused(
    run: Run, take: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[object, ...], code: int, told: str
) -> None:
    monkeypatch.chdir(take.parent)
    done = run("view", *arguments)
    assert (done.code, done.out) == (code, "")
    assert told in " ".join(done.err.split())


def test_a_page_for_others_is_warned_of(run: Run, take: Path) -> None:
    done = run("view", take, "--linger", 0, "--host", "0.0.0.0")
    assert done.code == 0
    assert "whoever reaches 0.0.0.0" in done.err
    assert done.out.startswith(f"http://{gethostname()}:"), "no other computer can open 0.0.0.0"


# --- the viewer of a take -------------------------------------------------------------------------------


class Said(LaunchedViewer):
    """A viewer that no process is behind: it says its address, or why there is none, when it is asked."""

    def __init__(self, *answers: str | ViewerNotStarted | None) -> None:
        self.answers = list(answers)
        self.is_left = False

    @property
    def address(self) -> str | None:
        answer = self.answers.pop(0)
        if isinstance(answer, ViewerNotStarted):
            raise answer
        return answer

    def let_go(self) -> None:
        self.is_left = True


def snapshot(take: Path | None) -> Snapshot:
    return Snapshot(devices=(), take=take, elapsed_s=0.0, pulses=0, complete=0, free_bytes=None)


def watch(launch: Callable[[Path], LaunchedViewer], warned: list[Finding], *takes: Path | None) -> None:
    with viewing(warned, launch) as observer:
        for take in takes:
            observer.on_change(snapshot(take))


def test_the_viewer_is_started_once_when_there_is_a_take(capsys: pytest.CaptureFixture[str]) -> None:
    viewer, launched, warned = Said(None, None, "http://x"), list[Path](), list[Finding]()

    def launch(take: Path) -> LaunchedViewer:
        launched.append(take)
        return viewer

    watch(launch, warned, None, None, Path("a"), Path("a"), Path("a"), Path("a"))
    assert (launched, viewer.is_left, warned) == ([Path("a")], True, [])
    assert capsys.readouterr().err == "view: http://x\n"


def test_an_address_that_comes_after_the_take_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    watch(lambda _: Said(None, None, "http://x"), [], Path("a"))
    assert capsys.readouterr().err == "view: http://x\n"


def test_without_a_take_there_is_no_viewer(capsys: pytest.CaptureFixture[str]) -> None:
    watch(lambda _: Said(), [], None)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("at", ["once", "last"])
def test_a_viewer_that_does_not_start_is_a_warning(at: str, capsys: pytest.CaptureFixture[str]) -> None:
    def launch(_: Path) -> LaunchedViewer:
        if at == "once":
            raise ViewerNotStarted("no more processes")
        return Said(None, ViewerNotStarted("it ended with 1"))

    warned: list[Finding] = []
    watch(launch, warned, Path("a"), Path("a"), Path("a"))
    assert [each.code for each in warned] == ["viewer-not-started"]
    assert "warning: no viewer runs: " in capsys.readouterr().err


# --- real processes -------------------------------------------------------------------------------------


def address_of(program: Program) -> str:
    assert program.process.stdout is not None
    return program.process.stdout.readline().decode().strip()


@POSIX
def test_a_viewer_has_a_session_of_its_own_gives_way_and_ends_by_ctrl_c(take: Path) -> None:
    viewer = Program("view", take)
    try:
        with closing(Browser(address_of(viewer))) as browser:
            browser.enter()
            assert browser.pull().head["name"] == "monday-1"
            (pid,) = viewer.processes()
            assert os.getsid(pid) == pid
            wait_until(lambda: _stands_back(pid), "it stands back")
            if AUTOGROUP.exists():
                assert (PROC / str(pid) / "autogroup").read_text().split()[-1] == "19"
            if sys.platform == "linux":
                assert browser.pull().status == 200
                assert len(_priorities(pid)) > 2
                wait_until(lambda: _stands_back(pid), "each thread does")
            viewer.process.send_signal(signal.SIGINT)
            assert _ended(viewer) == (0, "", [])
    finally:
        viewer.end()


def _priorities(pid: int) -> dict[int, int]:
    """Return the priority of each thread, where threads have one (Linux); else that of the process."""
    tasks = PROC / str(pid) / "task"
    priorities = {}
    for thread in [int(each.name) for each in tasks.iterdir()] if tasks.is_dir() else [pid]:
        with suppress(ProcessLookupError):  # it has ended
            priorities[thread] = os.getpriority(os.PRIO_PROCESS, thread)
    return priorities


def _stands_back(pid: int) -> bool:
    """Tell whether every thread gives way, and reads from disks when nobody else does (Linux)."""
    threads = _priorities(pid)
    if set(threads.values()) != {19}:
        return False
    if not IONICE:
        return True
    lines = [[IONICE, "-p", str(each)] for each in threads]
    told = [subprocess.run(line, stdout=subprocess.PIPE, text=True, check=False).stdout for line in lines]
    return {each.strip() for each in told} == {"idle"}


@POSIX
def test_a_viewer_whose_shell_was_killed_ends(take: Path) -> None:
    viewer = Program("view", take)
    try:
        assert address_of(viewer)
        viewer.process.kill()
        wait_until(lambda: not viewer.processes(), "it ends")
    finally:
        viewer.end()


def _ended(program: Program) -> tuple[int, str, list[int]]:
    ended: Ended = program.wait()
    return ended.code, ended.err, ended.left


@POSIX
@pytest.mark.realtime
def test_a_take_goes_on_beside_a_viewer_that_stands_still_and_the_viewer_outlives_it(tmp_path: Path) -> None:
    rig, recorded = CONFIGS / "standalone.yaml", tmp_path / "a"
    take = ("start", rig, "--simulate", "-o", tmp_path, "--name", "a", "--max-drop-percent", 100)
    recorder = Program(*take, "--view", "--json", program=("-c", PATIENT))
    try:
        recorder.talk.wait_for("view: http://")
        address = next(line for _, line in recorder.talk.lines if line.startswith("view: "))[6:]
        (pid,) = [each for each in recorder.processes() if b"\0view\0" in read_proc(each, "cmdline")]
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: count_rows(recorded) > 0, "there are rows")
        rows = count_rows(recorded)
        wait_until(lambda: count_rows(recorded) >= rows + 30, "the take goes on")
        recorder.process.send_signal(signal.SIGINT)
        ended = recorder.wait()
        assert (ended.code, ended.left) == (0, [pid]), ended.err
        assert ended.report["pulses"] >= rows + 30
        os.kill(pid, signal.SIGCONT)
        with closing(Browser(address)) as browser:
            assert browser.enter().pull().head["state"] == "ended"
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not recorder.processes(), "it ends")
    finally:
        recorder.end()
