"""A viewer that a recorder starts: its address comes by a file, and nobody waits for it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from kinect_sync.viewer.launching import PATIENCE_S, LaunchedViewer, ViewerNotStarted

ADDRESS = "http://127.0.0.1:1/?token=x"
WAITS = "import sys; sys.stdin.read(); input()"
DEADLINE_S = 60.0


class Clock:
    """Stands still until it is told."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def launch(program: str, clock: Clock | None = None) -> LaunchedViewer:
    return LaunchedViewer([sys.executable, "-S", "-c", program], dict(os.environ), clock or Clock())


def wait_for(viewer: LaunchedViewer) -> str:
    deadline_s = time.monotonic() + DEADLINE_S
    while (address := viewer.address) is None:
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    return address


def test_its_address_comes_by_a_file_of_which_nothing_is_left(place: Path) -> None:
    viewer = launch(f"print({ADDRESS!r})")
    assert wait_for(viewer) == ADDRESS
    (folder,) = place.iterdir()
    if os.name != "nt":
        assert folder.stat().st_mode & 0o077 == 0, "the token is for nobody else"
    viewer.let_go()
    if os.name != "nt":
        assert list(place.iterdir()) == []


def test_what_it_says_can_be_heard_line_by_line(place: Path) -> None:
    told = "import sys; print('one', file=sys.stderr); print('two\\nth', end='', file=sys.stderr)"
    viewer = launch(f"{told}; print({ADDRESS!r})")
    wait_for(viewer)
    assert viewer.more_words() == "one\ntwo"
    assert viewer.more_words() == "", "a line that is not whole is still to come"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sessions")
def test_it_has_a_session_of_its_own_and_no_pipe_to_whoever_started_it(place: Path) -> None:
    told = (
        "import os; print(os.getsid(0) == os.getpid(), [os.fstat(n).st_mode & 0o010000 for n in (0, 1, 2)])"
    )
    viewer = launch(told)
    said = wait_for(viewer)
    assert said.startswith("True")
    viewer.let_go()


def test_one_that_ends_at_once_says_why(place: Path) -> None:
    viewer = launch("import sys; sys.exit('no room for it')")
    with pytest.raises(ViewerNotStarted, match="ended with 1: no room for it"):
        wait_for(viewer)
    viewer.let_go()


def test_one_that_says_nothing_is_ended_after_a_while(place: Path) -> None:
    """It would serve pictures at an address that nobody was told."""
    clock = Clock()
    viewer = launch("import time; print(end='half a line', flush=True); time.sleep(60)", clock)
    assert viewer.address is None
    clock.now_s += PATIENCE_S + 1
    with pytest.raises(ViewerNotStarted, match="no address within 15 s, and was ended"):
        _ = viewer.address
    clock.now_s = 100.0
    with pytest.raises(ViewerNotStarted, match="ended with"):
        wait_for(viewer)
    viewer.let_go()


def test_one_that_was_let_go_can_be_ended_and_nobody_else_is_when_it_has(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number may be another program's by then."""
    viewer = launch(f"import time; print({ADDRESS!r}, flush=True); time.sleep(60)")
    wait_for(viewer)
    viewer.let_go()
    viewer.end()
    with pytest.raises(ViewerNotStarted, match="ended with"):
        wait_for(viewer)
    monkeypatch.setattr("os.kill", lambda *_: pytest.fail("somebody else's process"))
    viewer.end()


def test_where_the_system_starts_no_more_it_says_so(place: Path) -> None:
    with pytest.raises(ViewerNotStarted, match="No such file"):
        LaunchedViewer([str(place / "nothing")], {})
