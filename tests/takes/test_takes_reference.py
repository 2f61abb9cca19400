"""`docs/reference/take.md` says what is in a take, and a program that follows it reads one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.generate import REFERENCE
from docs.take_tables import fill_tables
from kinect_sync.takes.manifest import FORMAT
from kinect_sync.takes.mkv.reader import OFFSET_SOURCE_TAG, read_recording
from kinect_sync.takes.names import INDEX, LOAD, MANIFEST, REPAIRED
from tests.review.small_takes import make_take
from tests.takes.recorded import settings, writer

PAGE = (REFERENCE / "take.md").read_text(encoding="utf-8")


def test_the_example_reads_a_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (place,) = re.findall(r'Path\("(takes/[^"]+)"\)', example)
    make_take(tmp_path / place, pulses=3, holes={"left": {1: "queue_full"}})
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "take.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert [line.partition(" ")[0] for line in printed] == ["0", "2"]
    assert all(f"{name}.mkv" in printed[0] for name in ("front", "left", "right"))


@pytest.mark.parametrize("changes", [{"imu": True}, {"role": "subordinate"}, {"depth_mode": "passive_ir"}])
def test_every_track_and_tag_of_a_recording_is_told(tmp_path: Path, changes: dict[str, object]) -> None:
    device = settings(**changes)
    with writer(tmp_path / "a.mkv", device):
        pass
    facts = read_recording(tmp_path / "a.mkv").facts
    words = {f"`{name}`" for name in (*facts.tags, *(track.name for track in facts.tracks))}
    assert {word for word in words if word not in PAGE} == set()


def test_the_page_names_the_files_and_the_format() -> None:
    for name in (MANIFEST, INDEX, LOAD, f"NAME{REPAIRED}", OFFSET_SOURCE_TAG):
        assert f"`{name}`" in PAGE or f"## {name}\n" in PAGE
    assert f"It describes formats 1 to {FORMAT}," in PAGE


def test_a_table_that_the_code_does_not_make_any_more_is_stale() -> None:
    stale = PAGE.replace("| `captures_before` |", "| `captures_ahead` |")
    assert stale != PAGE
    assert fill_tables(stale) == PAGE
