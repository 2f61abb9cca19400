"""Names that no report can tell, or no system takes, and a system that gives no more files: exit code 2."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from kinect_sync.cli.main import run
from tests.cli.commands import CONFIGS, run_ksync
from tests.review.small_takes import make_take

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="names of bytes are those of POSIX")

RIG = str(CONFIGS / "standalone.yaml")
BYTES = os.fsdecode(b"x\xff\xfe")
NAMES = {"300 letters": "n" * 300, "bytes": BYTES}
COMMANDS = {
    "start": ["start", RIG, "--simulate", "--captures", "2", "-o"],
    "start --playback": ["start", RIG, "--playback"],
    "init": ["init", "--simulate", RIG, "-o"],
    "plan-offsets": ["plan-offsets", RIG, "-o"],
    "report": ["report", "take", "-o"],
    "export": ["export", "take", "-o"],
    "export --devices": ["export", "take", "-o", "out", "--devices"],
    "report TAKE": ["report"],
    "inspect": ["inspect"],
    "repair": ["repair"],
    "validate": ["validate"],
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["", "json"])
def test_a_name_that_cannot_be_is_refused(
    command: list[str],
    name: str,
    as_json: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    make_take(tmp_path / "take", pulses=1)
    assert run([*command, name, *as_json]) == 2
    out, err = capsys.readouterr()
    assert name not in out + err or name.isascii()
    assert "Error: " in err or "error: " in err
    if as_json and out:
        assert json.loads(out)["verdict"] in ("refused", "not_valid")


def test_a_relative_path_below_a_folder_of_bytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        (tmp_path / BYTES).mkdir()
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    monkeypatch.chdir(tmp_path / BYTES)
    assert run(["start", RIG, "--simulate", "--captures", "2"]) == 2
    assert "is not UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["CON", "a\nb", "a\x1b[31mb", BYTES, "n" * 300, "a/b", "nul.txt", "trailing."], ids=ascii
)
def test_a_take_is_named_as_rigs_are(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = tmp_path / "takes"
    assert run(["start", RIG, "--simulate", "--captures", "2", "--name", name, "-o", str(directory)]) == 2
    assert name not in capsys.readouterr().err or name == "n" * 300 or name.isprintable()
    assert not directory.exists()


def test_a_folder_of_too_long_a_name_is_refused_before_a_camera_is_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "new" / ("n" * 300)
    assert run(["start", RIG, "--simulate", "--captures", "2", "--json", "-o", str(directory)]) == 2
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["code"] == "take-unwritable"


def test_devices_without_files_for_their_processes_are_told() -> None:
    resource = pytest.importorskip("resource", reason="there are no limits of this kind")
    limit = (20, 20)
    ended = run_ksync(
        "start", CONFIGS / "daisy_chain_9.yaml", "--simulate", "--captures", "2", "--json",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limit),
    )  # fmt: skip
    assert (ended.code, ended.left) == (2, [])
    assert [finding["code"] for finding in ended.report["findings"]] == ["worker-not-started"]
    assert "ulimit -n" in ended.err
