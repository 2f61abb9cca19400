"""What an agent serves of its disk: recordings of takes, part by part, and not while it records."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from kinect_sync.agent import files
from kinect_sync.agent.digests import HASH_NBYTES
from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.takes.recording_times import pack_times
from kinect_sync.values import Value
from kinect_sync.wire.files import (
    FileEntry,
    FileHash,
    FileList,
    FilePart,
    HashFile,
    ListFiles,
    ReadFile,
    ReadTimes,
    Scanning,
)
from kinect_sync.wire.hosts import Envelope, Refused
from kinect_sync.wire.lines import Answered
from tests.agent.scripted import Hosted
from tests.cli.commands import wait_until
from tests.review.small_takes import make_take

CONTENT = bytes(range(256)) * 5000


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    host = Hosted(tmp_path)
    (host.takes / "walk").mkdir(parents=True)
    (host.takes / "walk" / "front.mkv").write_bytes(CONTENT)
    yield host
    if looks():  # whatever is looked at gives way
        host.lead()
        host.launch("last", take="last")
        wait_until(lambda: not looks(), "nothing is read any more")
    host.close()


def asked(hosted: Hosted, request: Value) -> Answered:
    """Ask as a director does that commands nobody."""
    return hosted.agent.answer(Envelope.model_validate({"request": request}))


def refused(hosted: Hosted, request: Value) -> str:
    answer = asked(hosted, request).answer
    assert isinstance(answer, Refused)
    return answer.findings[0].code


def test_recordings_of_a_take_are_listed_and_nothing_else_in_its_folder(hosted: Hosted) -> None:
    folder = hosted.takes / "walk"
    (folder / "take.json").write_text("{}")
    (folder / "front.mkv.part").write_text("x")
    (folder / "folder.mkv").mkdir()
    (folder / "back.mkv").write_bytes(b"abc")
    files = (FileEntry(name="back.mkv", nbytes=3), FileEntry(name="front.mkv", nbytes=len(CONTENT)))
    assert asked(hosted, ListFiles(take="walk")).answer == FileList(files=files)


def test_a_take_that_the_host_does_not_have_has_no_files(hosted: Hosted) -> None:
    assert asked(hosted, ListFiles(take="run")).answer == FileList(files=())


def test_a_file_is_read_part_by_part_to_its_end(hosted: Hosted) -> None:
    read = b""
    while True:
        answered = asked(hosted, ReadFile(take="walk", name="front.mkv", offset=len(read)))
        assert answered.answer == FilePart(offset=len(read), nbytes=len(CONTENT))
        if not answered.payload:
            break
        read += answered.payload
    assert read == CONTENT


@pytest.mark.parametrize("read_before", [0, 1000, len(CONTENT)])
def test_a_hash_is_of_the_file_however_much_was_read_before(hosted: Hosted, read_before: int) -> None:
    for offset in range(0, read_before, 1 << 20):
        asked(hosted, ReadFile(take="walk", name="front.mkv", offset=offset))
    for nbytes in (len(CONTENT), 777):
        answer = asked(hosted, HashFile(take="walk", name="front.mkv", nbytes=nbytes)).answer
        expected = hashlib.sha256(CONTENT[:nbytes]).hexdigest()
        assert answer == FileHash(hashed_nbytes=nbytes, sha256=expected)


def test_a_hash_that_takes_long_is_asked_for_until_it_is_there(hosted: Hosted) -> None:
    large = hosted.takes / "walk" / "large.mkv"
    with large.open("wb") as stream:
        stream.truncate(HASH_NBYTES + 10)
    request = HashFile(take="walk", name="large.mkv", nbytes=HASH_NBYTES + 10)
    assert asked(hosted, request).answer == FileHash(hashed_nbytes=HASH_NBYTES, sha256=None)
    expected = hashlib.sha256(bytes(HASH_NBYTES + 10)).hexdigest()
    assert asked(hosted, request).answer == FileHash(hashed_nbytes=HASH_NBYTES + 10, sha256=expected)


def test_two_directors_may_hash_one_file_up_to_different_places(hosted: Hosted) -> None:
    """As one compares what it has, and the other goes on with a part."""
    ends = (3 * HASH_NBYTES + 10, 2 * HASH_NBYTES + 10)
    with (hosted.takes / "walk" / "large.mkv").open("wb") as stream:
        stream.truncate(ends[0])
    hashed = dict.fromkeys(ends, 0)
    told: dict[int, str] = {}
    while len(told) < len(ends):
        for end in [each for each in ends if each not in told]:
            answer = asked(hosted, HashFile(take="walk", name="large.mkv", nbytes=end)).answer
            assert isinstance(answer, FileHash)
            assert answer.hashed_nbytes > hashed[end], "it gets on, whatever others ask for"
            hashed[end] = answer.hashed_nbytes
            if answer.sha256 is not None:
                told[end] = answer.sha256
    assert told == {end: hashlib.sha256(bytes(end)).hexdigest() for end in ends}


def test_whoever_goes_on_with_a_part_has_it_hashed_along(hosted: Hosted) -> None:
    large = hosted.takes / "walk" / "large.mkv"
    with large.open("wb") as stream:
        stream.truncate(2 * HASH_NBYTES + 1000)
    part = HashFile(take="walk", name="large.mkv", nbytes=2 * HASH_NBYTES)
    while not getattr(asked(hosted, part).answer, "sha256", None):
        continue
    asked(hosted, ReadFile(take="walk", name="large.mkv", offset=2 * HASH_NBYTES))
    whole = HashFile(take="walk", name="large.mkv", nbytes=2 * HASH_NBYTES + 1000)
    expected = hashlib.sha256(bytes(2 * HASH_NBYTES + 1000)).hexdigest()
    assert asked(hosted, whole).answer == FileHash(hashed_nbytes=whole.nbytes, sha256=expected), "at once"


def test_a_file_that_changed_is_hashed_anew(hosted: Hosted) -> None:
    asked(hosted, ReadFile(take="walk", name="front.mkv", offset=0))
    (hosted.takes / "walk" / "front.mkv").write_bytes(b"another one")
    answer = asked(hosted, HashFile(take="walk", name="front.mkv", nbytes=11)).answer
    assert answer == FileHash(hashed_nbytes=11, sha256=hashlib.sha256(b"another one").hexdigest())


@pytest.mark.parametrize(
    ("take", "name"),
    [
        ("walk", "../../secret.mkv"),
        ("walk", "..\\secret.mkv"),
        ("walk", "/etc/passwd"),
        ("walk", "sub/front.mkv"),
        ("walk", "take.json"),
        ("walk", "absent.mkv"),
        ("walk", ""),
        ("walk", "front.mkv\0"),
        ("walk", "front.mkv:stream.mkv"),
        ("walk", "folder.mkv"),
        ("..", "secret.mkv"),
        (".", "stray.mkv"),
        ("", "stray.mkv"),
        ("walk/../walk", "front.mkv"),
        ("stray.mkv", "front.mkv"),
    ],
)  # fmt: skip
def test_no_other_name_leads_anywhere(hosted: Hosted, take: str, name: str) -> None:
    (hosted.takes.parent / "secret.mkv").write_text("secret")
    (hosted.takes / "stray.mkv").write_text("no take's")
    (hosted.takes / "walk" / "folder.mkv").mkdir()
    assert refused(hosted, ReadFile(take=take, name=name, offset=0)) == "file-not-served"
    assert refused(hosted, HashFile(take=take, name=name, nbytes=1)) == "file-not-served"
    assert refused(hosted, ReadTimes(take=take, name=name, offset=0)) == "file-not-served"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such things in a folder")
@pytest.mark.parametrize("kind", ["link", "pipe", "link to a take"])
def test_no_link_and_no_pipe_is_served(hosted: Hosted, tmp_path: Path, kind: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.mkv").write_text("secret")
    take = "walk"
    if kind == "link":
        (hosted.takes / "walk" / "secret.mkv").symlink_to(outside / "secret.mkv")
    elif kind == "pipe":
        os.mkfifo(hosted.takes / "walk" / "secret.mkv")
    else:
        (hosted.takes / "other").symlink_to(outside)
        take = "other"
    assert refused(hosted, ReadFile(take=take, name="secret.mkv", offset=0)) == "file-not-served"
    listed = asked(hosted, ListFiles(take=take)).answer
    assert not isinstance(listed, FileList) or "secret.mkv" not in {each.name for each in listed.files}
    assert any("file-not-served" in each or "secret.mkv" in each for each in hosted.said)


def test_nothing_is_served_from_when_a_recorder_is_started_until_it_has_left(hosted: Hosted) -> None:
    hosted.lead()
    worker = hosted.launch("run-front", take="run")
    for request in (ListFiles(take="walk"), ReadFile(take="walk", name="front.mkv", offset=0)):
        assert refused(hosted, request) == "host-records"
    worker.end(0)
    wait_until(
        lambda: asked(hosted, ListFiles(take="walk")).answer.kind == "file_list", "the worker has left"
    )


def test_times_of_a_recording_come_part_by_part(hosted: Hosted, tmp_path: Path) -> None:
    recording = make_take(tmp_path / "walk") / "left.mkv"
    recording.rename(hosted.takes / "walk" / "left.mkv")
    expected = pack_times(read_recording(hosted.takes / "walk" / "left.mkv"))
    for offset in (0, 100):
        answered = scanned(hosted, offset)
        assert answered.answer == FilePart(offset=offset, nbytes=len(expected))
        assert answered.payload == expected[offset:]


def test_what_is_no_recording_has_no_times(hosted: Hosted) -> None:
    assert refused(hosted, ReadTimes(take="walk", name="front.mkv", offset=0)) == "recording-not-matroska"


def test_times_are_of_the_file_that_was_opened(
    hosted: Hosted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that takes its place a moment later is not followed."""
    served, outside = (
        hosted.takes / "walk" / "left.mkv",
        make_take(tmp_path / "secret", pulses=3) / "left.mkv",
    )
    (make_take(tmp_path / "walk") / "left.mkv").rename(served)
    expected = pack_times(read_recording(served))
    was_opened = files.open_served

    def replaced(*names: Any) -> BinaryIO:
        stream = was_opened(*names)
        served.unlink()
        served.symlink_to(outside)
        return stream

    monkeypatch.setattr(files, "open_served", replaced)
    assert asked(hosted, ReadTimes(take="walk", name="left.mkv", offset=0)).payload == expected


def test_a_long_recording_is_looked_at_while_others_are_answered(hosted: Hosted) -> None:
    long_one(hosted)
    request = ReadTimes(take="walk", name="left.mkv", offset=0)
    reads = scanning(hosted, request)
    wait_until(lambda: scanning(hosted, request) > reads, "it gets on")
    assert asked(hosted, ListFiles(take="walk")).answer.kind == "file_list"
    assert scanning(hosted, request) < LONG, "it has not ended meanwhile"


def test_a_recording_that_begins_ends_the_look_at_a_long_one(hosted: Hosted) -> None:
    long_one(hosted)
    request = ReadTimes(take="walk", name="left.mkv", offset=0)
    scanning(hosted, request)
    hosted.lead()
    worker = hosted.launch("run-front", take="run")
    wait_until(lambda: not looks(), "nothing is read any more")
    assert refused(hosted, request) == "host-records"
    worker.end(0)
    wait_until(lambda: isinstance(asked(hosted, request).answer, Scanning), "the worker has left")
    assert scanning(hosted, request) < LONG, "it began anew, and had not been at its end"


LONG = 4_000_000


def long_one(hosted: Hosted) -> None:
    """Serve what takes a minute to look at: a Matroska file of nothing but empty elements."""
    head = bytes.fromhex("1a45dfa380 18538067 01ffffffffffffff")
    (hosted.takes / "walk" / "left.mkv").write_bytes(head + bytes.fromhex("ec80") * LONG)


def scanning(hosted: Hosted, request: ReadTimes) -> int:
    """Ask for times that are not there yet; how often was read for them."""
    answer = asked(hosted, request).answer
    assert isinstance(answer, Scanning), answer
    return answer.reads


def scanned(hosted: Hosted, offset: int) -> Answered:
    """Ask for times until they are there."""
    request = ReadTimes(take="walk", name="left.mkv", offset=offset)
    while isinstance((answered := asked(hosted, request)).answer, Scanning):
        continue
    return answered


def looks() -> bool:
    """Whether a recording is looked at."""
    return any(each.name == "agent-times" for each in threading.enumerate())


def test_a_worker_that_records_nothing_stops_nobody(hosted: Hosted) -> None:
    hosted.lead()
    hosted.launch("rig-front")
    assert asked(hosted, ListFiles(take="walk")).answer.kind == "file_list"
