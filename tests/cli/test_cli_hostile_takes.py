"""Takes from elsewhere: no name in them leads out of their folder, and nothing in it makes anybody wait."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kinect_sync.cli.main import run
from kinect_sync.takes.names import INDEX, LOAD, MANIFEST
from tests.review.sets import LEFT, MASTER, write_set
from tests.review.small_takes import make_take

posix_only = pytest.mark.skipif(
    sys.platform == "win32", reason="links, pipes and odd names are those of POSIX"
)


def change(take: Path, field: str, value: str) -> None:
    """Let take.json say something else of its second device."""
    content = json.loads((take / MANIFEST).read_text())
    device = content["devices"][1]
    if field == "name":
        device["settings"]["name"] = value
    else:
        device[field] = value
    (take / MANIFEST).write_text(json.dumps(content))


@pytest.mark.parametrize(("field", "value"), [("name", "../../escaped"), ("file", "../victim.mkv")])
def test_nothing_is_exported_by_a_name_that_is_a_path(tmp_path: Path, field: str, value: str) -> None:
    take = make_take(tmp_path / "in" / "take")
    change(take, field, value)
    before = sorted(tmp_path.rglob("*"))
    assert run(["export", str(take), "-o", str(tmp_path / "in" / "deep" / "out")]) == 2
    assert sorted(tmp_path.rglob("*")) == before


def test_repair_in_place_changes_nothing_outside_the_take(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take")
    victim = tmp_path / "victim.mkv"
    victim.write_bytes((take / "left.mkv").read_bytes()[:-200])
    change(take, "file", "../victim.mkv")
    before = victim.read_bytes()
    assert run(["repair", str(take), "--in-place"]) in (0, 1, 2)
    assert victim.read_bytes() == before


@posix_only
@pytest.mark.parametrize("name", [MANIFEST, INDEX, LOAD, "left.mkv"])
def test_a_pipe_in_a_take_keeps_no_command_waiting(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    take = make_take(tmp_path / "take")
    (take / name).unlink(missing_ok=True)
    os.mkfifo(take / name)
    page = tmp_path / "page.html"
    for command in (
        ["inspect"],
        ["export", "-o", str(tmp_path / "out")],
        ["report", "-o", str(page)],
        ["repair"],
    ):
        assert run([*command, str(take)]) in (0, 1, 2)
    assert "no regular file" in (page.read_text() if name == LOAD else capsys.readouterr().err)


@posix_only
def test_a_recording_whose_name_would_be_a_path_elsewhere_is_not_put_into_a_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_set(tmp_path, [MASTER, LEFT])
    (folder / "left.mkv").rename(folder / "..\\left.mkv")
    assert run(["inspect", str(folder), "--rebuild"]) == 2
    assert "can't stand in take.json" in capsys.readouterr().err
    assert not (folder / INDEX).exists()
    assert not (folder / MANIFEST).exists()


@posix_only
def test_a_device_is_not_named_as_windows_names_its_own(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [MASTER, LEFT])
    (folder / "left.mkv").rename(folder / "con.mkv")
    assert run(["inspect", str(folder), "--rebuild"]) == 0
    content = json.loads((folder / MANIFEST).read_text())
    assert {each["settings"]["name"] for each in content["devices"]} == {"con-recording", "front"}
    assert run(["inspect", str(folder)]) == 0


@posix_only
@pytest.mark.parametrize("options", [[], ["--in-place"]])
def test_repair_waits_for_no_pipe_without_take_json_either(tmp_path: Path, options: list[str]) -> None:
    write_set(tmp_path, [MASTER])
    os.mkfifo(tmp_path / "x.mkv")
    (tmp_path / "y.mkv").symlink_to("/dev/zero")
    assert run(["repair", str(tmp_path), *options]) == 1


@posix_only
def test_repair_in_place_changes_nothing_that_a_link_leads_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_set(tmp_path / "in", [MASTER, replace(LEFT, unfinished=True)])
    (folder / "left.mkv").rename(tmp_path / "victim.mkv")
    (folder / "left.mkv").symlink_to("../victim.mkv")
    before = (tmp_path / "victim.mkv").read_bytes()
    assert run(["repair", str(folder), "--in-place"]) == 1
    assert "is a link" in capsys.readouterr().err
    assert (tmp_path / "victim.mkv").read_bytes() == before
    assert run(["repair", str(folder)]) == 0
    assert (tmp_path / "victim.mkv").read_bytes() == before


@posix_only
@pytest.mark.parametrize("make", [os.mkfifo, lambda page: page.symlink_to("/dev/full")])
def test_report_writes_into_nothing_that_a_take_brings_along(
    tmp_path: Path, make: Callable[[Path], object], capsys: pytest.CaptureFixture[str]
) -> None:
    take = make_take(tmp_path / "take")
    make(take / "report.html")
    assert run(["report", str(take)]) == 2
    assert "is no report" in capsys.readouterr().err


@posix_only
def test_an_export_that_a_take_brings_along_leads_nowhere_else(tmp_path: Path) -> None:
    take = make_take(tmp_path / "in" / "take")
    command = ["export", str(take), "-o", str(take / "export")]
    assert run([*command, "--stop", "1"]) == 0
    (take / "export" / "left").rename(tmp_path / "victim")
    (take / "export" / "left").symlink_to("../../../victim")
    before = sorted((tmp_path / "victim").rglob("*"))
    assert run(command) == 2
    assert sorted((tmp_path / "victim").rglob("*")) == before
    (take / "export" / "export.json").unlink()
    os.mkfifo(take / "export" / "export.json")
    assert run(command) == 2


def make_sparse(path: Path) -> None:
    with path.open("r+b" if path.exists() else "wb") as stream:
        stream.truncate(1 << 40)


def claim_much(path: Path) -> None:
    """Let the calibration of a recording say that it has half a terabyte, and the file have it."""
    name, size = b"\x46\x5c", 1 << 39
    data = path.read_bytes()
    at = data.index(name, data.index(b"calibration.json")) + len(name)
    path.write_bytes(data[:at] + (1 << 56 | size).to_bytes(8, "big") + data[at:])
    make_sparse(path)


@posix_only
@pytest.mark.parametrize(
    ("name", "spoil"),
    [(MANIFEST, make_sparse), (INDEX, make_sparse), (LOAD, make_sparse), ("left.mkv", claim_much)],
)
def test_a_file_of_holes_fills_no_memory(
    tmp_path: Path, name: str, spoil: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    resource = pytest.importorskip("resource", reason="there are no limits of this kind")
    take = make_take(tmp_path / "take", pulses=2)
    try:
        spoil(take / name)
    except OSError:
        pytest.skip("this file system takes no file of a terabyte")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, hard))
    try:
        for command in (["inspect"], ["report", "-o", str(tmp_path / "page.html")], ["repair"],
                        ["export", "-o", str(tmp_path / "out"), "--what", "calibration"]):  # fmt: skip
            assert run([*command, str(take)]) in (0, 1, 2)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    capsys.readouterr()


ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e[bold]\nerror: all is lost"
"""What a terminal would obey, in one and in two bytes; what turns text around; markup; a line of its own."""


def hostile_set(folder: Path) -> Path:
    """Recordings whose tags and names say what a terminal would obey, the take.json of another camera."""
    write_set(folder, [MASTER, LEFT])
    tagged = (folder / "left.mkv").read_bytes()
    assert tagged.count(LEFT.serial.encode()) >= 1
    (folder / "left.mkv").write_bytes(tagged.replace(LEFT.serial.encode(), b"\x1b[2J\xc2\x9b31m[b]"))
    (folder / "left.mkv").rename(folder / "le\x1b[2Jft\n\u202e.mkv")
    (folder / "\x1b[2Jnote.mkv").write_bytes(b"no film")
    (folder / MANIFEST).write_text(json.dumps({"format": 1, ESCAPES: 1}))
    return folder


def obeyed(text: str) -> set[str]:
    """What of a text is not letters and lines."""
    return {char for char in text if not char.isprintable() and char != "\n"}


@posix_only
@pytest.mark.parametrize(
    "command", [["inspect"], ["inspect", "--json"], ["repair"], ["report"], ["export", "-o", "out"]]
)
def test_a_terminal_obeys_nothing_that_stands_in_a_take(
    tmp_path: Path,
    command: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = hostile_set(tmp_path / "ta\x1b[2Jke")
    assert run([*command, str(folder)]) in (0, 1, 2)
    out, err = capsys.readouterr()
    assert obeyed(out + err) == set()
    assert r"\x1b[2J" in err
    if "--json" in command:
        assert json.loads(out)["take"] == str(folder)


@posix_only
def test_the_command_line_obeys_no_name_either(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "\x1b[2J").write_bytes(b"")
    assert run(["report", str(tmp_path / "\x1b[2J")]) == 2
    assert obeyed(capsys.readouterr().err) == set()
