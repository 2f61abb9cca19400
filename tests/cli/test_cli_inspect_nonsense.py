"""What people point `ksync inspect` at by mistake: a finding and an exit code each, and never a traceback."""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.cli.main import run
from kinect_sync.takes.index import FIELDS
from kinect_sync.takes.mkv.ebml import Id, element, text, uint
from kinect_sync.takes.names import INDEX, MANIFEST
from tests.review.sets import LEFT, MASTER, write_set
from tests.review.small_takes import make_take

Make = Callable[[Path], Any]


def write(data: bytes, name: str = "x.mkv") -> Make:
    return lambda folder: (folder / name).write_bytes(data)


def other_camera(folder: Path) -> None:
    """Matroska with one video track, of a camera that is no Kinect."""
    entry = element(Id.TRACK_ENTRY, uint(Id.TRACK_NUMBER, 1), text(Id.CODEC_ID, "V_VP9"))
    ebml = element(0x1A45DFA3, text(0x4282, "webm"))
    segment = element(Id.SEGMENT, element(Id.TRACKS, entry), element(Id.TAGS))
    (folder / "x.mkv").write_bytes(ebml + segment)


def name_of_bytes(folder: Path) -> None:
    try:
        shutil.copy(folder / "left.mkv", os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.mkv"))
    except OSError:
        pytest.skip("this file system takes UTF-8 only")


def denied(folder: Path) -> None:
    (folder / "left.mkv").chmod(0)
    if os.access(folder / "left.mkv", os.R_OK):
        pytest.skip("root may read everything")


NONSENSE: dict[str, tuple[Make, list[str], int, str]] = {
    "bytes": (write(b"no film" * 1000), ["x.mkv"], 2, "no Matroska file"),
    "bytes among recordings": (write(b"no film" * 1000), ["."], 1, "no Matroska file"),
    "zero bytes": (write(b""), ["x.mkv"], 2, "ends before its header"),
    "zero bytes among recordings": (write(b""), ["."], 1, "ends before its header"),
    "a folder of that name": (lambda folder: (folder / "x.mkv").mkdir(), ["x.mkv"], 2, "no MKV file in"),
    "among recordings": (lambda folder: (folder / "x.mkv").mkdir(), ["."], 1, "cannot be read"),
    "text": (write(b"notes\n", "notes.txt"), ["notes.txt"], 2, "no Matroska file"),
    "text and a recording": (write(b"n", "notes.txt"), ["notes.txt", "front.mkv"], 1, "no Matroska file"),
    "another camera": (other_camera, ["x.mkv"], 2, "no recording of a Kinect"),
    "another camera among recordings": (other_camera, ["."], 1, "no recording of a Kinect"),
    "a copy": (lambda folder: shutil.copy(folder / "left.mkv", folder / "copy.mkv"), ["."], 1, "one device"),
    "a file twice": (lambda folder: None, ["left.mkv", "./left.mkv"], 2, "is given twice"),
    "a link beside it": (lambda folder: (folder / "l.mkv").symlink_to("left.mkv"), ["."], 1, "one device"),
    "a link and it": (lambda folder: (folder / "l.mkv").symlink_to("left.mkv"), ["l.mkv", "left.mkv"], 2,
                      "is given twice"),
    "a link to nothing": (lambda folder: (folder / "l.mkv").symlink_to("no.mkv"), ["l.mkv"], 2, "nothing at"),
    "among recordings, to nothing": (lambda folder: (folder / "l.mkv").symlink_to("no.mkv"), ["."], 1,
                                     "cannot be read"),
    "a link to itself": (lambda folder: (folder / "l.mkv").symlink_to("l.mkv"), ["l.mkv"], 2, "nothing at"),
    "among recordings, to itself": (lambda folder: (folder / "l.mkv").symlink_to("l.mkv"), ["."], 1,
                                    "cannot be read"),
    "a pipe": (lambda folder: os.mkfifo(folder / "p.mkv"), ["."], 1, "no regular file"),
    "a name of bytes": (name_of_bytes, ["."], 1, "is not UTF-8"),
    "a name too long": (lambda folder: None, ["x" * 5000], 2, "can't be looked at"),
    "no permission": (denied, ["."], 1, "Permission denied"),
}  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are those of POSIX")
@pytest.mark.parametrize(("make", "paths", "code", "words"), NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_told(
    make: Make,
    paths: list[str],
    code: int,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(write_set(tmp_path / "Büro Süd  ß 東京", [MASTER, LEFT]))
    make(Path.cwd())
    assert run(["inspect", *paths]) == code
    assert words in capsys.readouterr().err
    assert run(["inspect", "--json", *paths]) == code
    report = json.loads(capsys.readouterr().out)
    assert report["verdict"] == ("incomplete" if code == 1 else "refused")
    assert any(words in finding["what"] for finding in report["findings"])


def test_a_folder_of_any_name_is_inspected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_set(tmp_path / "Büro Süd  ß 東京", [MASTER, LEFT])
    assert run(["inspect", "--json", "--rebuild", str(folder)]) == 0
    assert json.loads(capsys.readouterr().out)["take"] == str(folder)
    assert run(["inspect", str(folder)]) == 0


MANIFESTS = {
    "empty": (b"", "is not what this ksync writes"),
    "of the future": (b'{"format": 5, "shiny": true}', "has format 5, and this ksync knows formats up to 4"),
    "a list": (b"[]", "is not what this ksync writes"),
    "null": (b"null", "is not what this ksync writes"),
    "deep": (b"[" * 100_000, "is not what this ksync writes"),
    "bytes": (bytes(range(256)), "is not what this ksync writes"),
    "not UTF-8": (b'{"name": "\xff"}', "is not what this ksync writes"),
}


@pytest.mark.parametrize(("data", "told"), MANIFESTS.values(), ids=MANIFESTS)
def test_a_take_json_of_others_is_told_and_the_recordings_are_looked_at(
    data: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_set(tmp_path, [MASTER, LEFT])
    (folder / MANIFEST).write_bytes(data)
    assert run(["inspect", str(folder)]) == 1
    out, err = capsys.readouterr()
    assert f"take.json {told}" in err
    assert out.startswith("incomplete: 60 of 60 pulses complete")


@pytest.mark.parametrize("seed", range(3))
def test_no_change_of_take_json_is_more_than_a_finding(tmp_path: Path, seed: int) -> None:
    folder = make_take(tmp_path / "take")
    whole = json.loads((folder / MANIFEST).read_text())
    chosen = random.Random(seed)
    for _ in range(150):
        changed = json.loads(json.dumps(whole))
        at: Any = changed
        while isinstance(at, dict | list) and len(at) and (at is changed or chosen.random() < 0.8):
            holder, key = at, chosen.choice(list(at) if isinstance(at, dict) else list(range(len(at))))
            at = holder[key]
        holder[key] = chosen.choice([None, -1, 10**30, 1e308, "", "../../x.mkv", "left.mkv", [], {}, True])
        (folder / MANIFEST).write_text(json.dumps(changed))
        by_host = chosen.choice([[], ["--align-by-host"]])
        assert run(["inspect", "--json", str(folder), *by_host]) in (0, 1, 2)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda index: index.write_bytes(index.read_bytes()[: index.stat().st_size // 2]), "index-disagrees"),
        (lambda index: index.write_bytes(index.read_bytes()[:40]), "index-unreadable"),
        (lambda index: index.write_bytes(b"\xff\xfe\x00" * 500), "index-unreadable"),
        (lambda index: index.write_text("pulse\n"), "index-unreadable"),
        (lambda index: index.write_bytes(_with_host_ns(index.read_bytes(), 10**30)), "index-unreadable"),
        (lambda index: index.write_bytes(b""), "index-unreadable"),
        (lambda index: index.unlink(), "index-missing"),
    ],
    ids=["cut in the middle", "cut in the heading", "bytes", "of others", "beyond 64 bits", "empty", "gone"],
)
def test_what_is_wrong_with_the_index_is_told(
    spoil: Make, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_take(tmp_path / "take", pulses=20)
    assert run(["inspect", "--json", str(folder)]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
    spoil(folder / INDEX)
    assert run(["inspect", "--json", str(folder)]) == 0
    assert [each["code"] for each in json.loads(capsys.readouterr().out)["findings"]] == [code]
    # What the finding says to do about it helps.
    if (folder / INDEX).exists():
        (folder / INDEX).rename(folder / "aside.csv")
    assert run(["inspect", str(folder), "--rebuild"]) == 0
    capsys.readouterr()
    assert run(["inspect", "--json", str(folder)]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []


def _with_host_ns(index: bytes, host_ns: int) -> bytes:
    """The index with another time of arrival in its last row."""
    rows = index.decode().splitlines()
    cells = rows[-1].split(",")
    cells[1 + FIELDS.index("host_ns")] = str(host_ns)
    return "\n".join((*rows[:-1], ",".join(cells), "")).encode()


def test_an_index_cut_anywhere_is_no_more_than_a_finding(tmp_path: Path) -> None:
    folder = make_take(tmp_path / "take", holes={"left": {3: "queue_full"}})
    whole = (folder / INDEX).read_bytes()
    for end in range(0, len(whole), 7):
        (folder / INDEX).write_bytes(whole[:end])
        assert run(["inspect", "--json", str(folder), "--max-drop-percent", "50"]) == 0
