"""Where output goes: a full disk, a closed stream, a reader who has seen enough."""

from __future__ import annotations

import errno
import io
import subprocess
import sys
from pathlib import Path

import pytest

from kinect_sync.cli.exit_codes import ExitCode
from kinect_sync.cli.main import run
from tests.cli.commands import CONFIGS, PATIENCE_S, ROOT

FULL = Path("/dev/full")
VALID, MISSING = f"validate {CONFIGS / 'star_3.yaml'}", "validate nowhere.yaml"

posix = pytest.mark.skipif(sys.platform == "win32", reason="streams are closed with a POSIX shell")


def shell(line: str) -> subprocess.CompletedProcess[str]:
    """Run `ksync …` with the redirections of a shell."""
    line = f'"{sys.executable}" -m kinect_sync {line}'
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    return subprocess.run(
        line,
        shell=True,
        executable="/bin/sh",
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["schema", VALID, f"plan-offsets {CONFIGS / 'star_3.yaml'} --replan"])
def test_results_that_find_no_room_are_2_and_say_so(command: str) -> None:
    done = shell(f"{command} > {FULL}")
    assert done.returncode == 2
    assert "error: the output could not be written: No space left on device; make room" in done.stderr
    assert "Traceback" not in done.stderr


@posix
@pytest.mark.parametrize(
    ("line", "code"),
    [(f"{VALID} >&-", 0), (f"{VALID} 2>&-", 0), (f"{VALID} >&- 2>&-", 0), (f"{MISSING} >&-", 2),
     (f"{MISSING} 2>&-", 2), (f"{MISSING} >&- 2>&-", 2), ("--help >&-", 0), ("nonsense 2>&-", 2)],
)  # fmt: skip
def test_a_closed_stream_changes_no_exit_code(line: str, code: int) -> None:
    done = shell(line)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


class ClosedPipe(io.StringIO):
    """A pipe that nobody reads any more, as Windows tells of it."""

    def write(self, text: str) -> int:
        raise OSError(errno.EINVAL, "Invalid argument")


def test_a_closed_pipe_on_windows_is_no_defect_of_ksync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", ClosedPipe())
    with pytest.raises(OSError, match="Invalid argument"):
        run(["schema"])
    monkeypatch.setattr(sys, "platform", "win32")
    assert run(["schema"]) == ExitCode.BROKEN_PIPE


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a folder that somebody is in")
@pytest.mark.parametrize("command", [("view", "monday-1"), ("archive", "monday-1"), ("agent", "host-b")])
def test_a_current_folder_that_was_removed_is_said(
    command: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert run(list(command)) == ExitCode.REFUSED
    assert capsys.readouterr().err == (
        "error: the current folder is there no more; go to a folder that is there, with `cd`\n"
    )
