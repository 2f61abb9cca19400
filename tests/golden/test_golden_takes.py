"""Every take that a version before has recorded still inspects, exports and reports the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.cli.main import run
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.names import MANIFEST
from tests.cli.read_back import check_bookkeeping, read_take
from tests.golden.archives import HERE, TAKES, by_name, unpack
from tests.golden.changes import VALUES, WORDS
from tests.golden.looks import Run, differences, look_at

LIMIT_NBYTES = 2_000_000
"""Everybody who clones the repository loads them."""


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ksync in this process, within a folder."""

    def command(arguments: Sequence[str], folder: Path) -> tuple[int, str]:
        monkeypatch.chdir(folder)
        try:
            code = run(list(arguments))
        except SystemExit as ending:
            code = int(ending.code or 0)
        return int(code), capsys.readouterr().out

    return command


@pytest.mark.parametrize("archive", TAKES, ids=by_name)
def test_ksync_says_of_a_golden_take_what_it_has_always_said(archive: Path, ask: Run, tmp_path: Path) -> None:
    unpack(archive, tmp_path)
    before = json.loads(archive.with_name(archive.name.replace(".tar.xz", ".json")).read_text("utf-8"))
    now = look_at(ask, tmp_path)
    told = [
        difference
        for difference in differences(in_new_words(before), in_new_words(now))
        if not any(difference.startswith(at) for at, take in VALUES.items() if take == by_name(archive))
    ]
    assert not told, "\n".join(told)


def in_new_words(looks: Any) -> Any:
    """The same where words are those of now; a take's own report keeps those that it was recorded with."""
    text = json.dumps(looks, ensure_ascii=False)
    for old, new in WORDS.items():
        text = text.replace(old, new)
    return json.loads(text)


@pytest.mark.parametrize("archive", TAKES, ids=by_name)
def test_the_rig_of_a_golden_take_is_written_as_it_was(archive: Path, tmp_path: Path) -> None:
    """Words that came later are not written where they say nothing: whoever read such a take still can."""
    kept = json.loads((unpack(archive, tmp_path) / MANIFEST).read_text("utf-8"))["rig"]
    assert RigFields.model_validate(kept).model_dump(mode="json", by_alias=True) == kept


FINISHED = [archive for archive in TAKES if by_name(archive).split("/")[1] not in ("killed", "rebuilt")]


@pytest.mark.parametrize("archive", FINISHED, ids=by_name)
def test_libk4arecord_reads_what_the_index_says(archive: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyk4a", exc_type=ImportError)
    take = read_take(unpack(archive, tmp_path))
    check_bookkeeping(take)
    assert take.rows


def test_golden_takes_are_small() -> None:
    assert len(TAKES) >= 11
    assert sum(path.stat().st_size for path in HERE.rglob("*") if path.is_file()) < LIMIT_NBYTES


OLD: dict[str, Any] = {
    "code": 1,
    "report": {"bias_us": 3.5, "devices": [{"name": "left"}], "remedy": None},
    "lines": ["ksync 0.1.0", "end"],
}


@pytest.mark.parametrize(
    ("sentence", "new", "told"),
    [
        ("fields, advice, and lines of a page, may be added",
         {"code": 1, "format": 2, "lines": ["ksync 0.2.0", "more", "end"],
          "report": {"bias_us": 3.5 + 1e-12, "remedy": "x", "devices": [{"name": "left", "role": "master"}]}},
         []),
        ("a value that has changed is told",
         {**OLD, "report": {"bias_us": 3.6, "devices": [{"name": "right"}], "remedy": None}},
         ["/report/bias_us", "/report/devices/0"]),
        ("one that is gone", {"report": OLD["report"], "lines": OLD["lines"]}, ["/code"]),
        ("a device too many", {**OLD, "report": {**OLD["report"], "devices": [{"name": "left"}, {}]}},
         ["/report/devices"]),
        ("a line that is gone, or in another place", {**OLD, "lines": ["end", "ksync 0.1.0"]}, ["/lines/1"]),
        ("another word for the same", {**OLD, "code": "1"}, ["/code"]),
    ],
)  # fmt: skip
def test_a_difference_is_what_was_there_and_is_not(sentence: str, new: object, told: list[str]) -> None:
    found = list(differences(OLD, new))
    assert [line for line, start in zip(found, told, strict=True) if not line.startswith(start)] == [], (
        sentence
    )
