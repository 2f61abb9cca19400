"""Files of a take brought from several hosts: whole or not at all, whatever fails meanwhile."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from kinect_sync.devices.file_lock import FileLock
from kinect_sync.errors import BenchError, KsyncError, UsageError
from kinect_sync.hosts.collecting import Collected, Collector
from kinect_sync.hosts.collection import Outcome
from kinect_sync.hosts.host_files import Halted, Patience
from kinect_sync.hosts.partial_file import PartialFile
from kinect_sync.takes.names import OCCUPIED
from kinect_sync.wire.files import FileEntry, FileHash, FileList, HashFile, ListFiles, ReadFile
from kinect_sync.wire.hosts import Envelope
from kinect_sync.wire.lines import Answered
from tests.agent.scripted import Hosted
from tests.hosts.lines import InProcessLine, unreachable

LEFT = os.urandom(3_500_000)
RIGHT = os.urandom(1_200_000)
Meanwhile = Callable[[str, ReadFile], None]


class Hosts:
    """Two hosts with a file each, and somebody who collects them."""

    def __init__(self, folder: Path, *, through_json: bool) -> None:
        self.line = InProcessLine(through_json=through_json)
        self.hosts = {name: Hosted(folder / name) for name in ("host-b", "host-c")}
        self.meanwhile: Meanwhile = lambda host, request: None
        """Happens before a part of a file is read."""
        self.hashed: Callable[[str, FileHash], None] = lambda host, answer: None
        """Happens after a host has hashed on."""
        self.mangle: Callable[[bytes], bytes] = bytes
        """What a link or a disk makes of what is read."""
        self.read: list[tuple[str, int]] = []
        """What was asked for: files, and where in them."""
        self.waited_s = 0.0
        self.folder = folder / "here" / "walk"
        for name, file, content in (("host-b", "left.mkv", LEFT), ("host-c", "right.mkv", RIGHT)):
            self.put(name, file, content)
            self.line.agent(name, self._answering(name))
        end = self.line.director(lambda host, heard: None, lambda host, there: None)
        self.collector = Collector(
            end, "walk", self.folder, unreachable, Patience(limit_s=10.0, clock=lambda: self.waited_s,
                                                         pause=self._wait), {},
        )  # fmt: skip

    def put(self, host: str, file: str, content: bytes) -> Path:
        path = self.hosts[host].takes / "walk" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def collect(self, progress: Callable[[int, int], None] = lambda here, total: None) -> Collected:
        return self.collector.collect(list(self.hosts), progress)

    @property
    def left(self) -> Path:
        return self.folder / "left.mkv"

    @property
    def part(self) -> Path:
        return self.folder / "left.mkv.part"

    def _answering(self, name: str) -> Callable[[Envelope], Answered]:
        def answer(envelope: Envelope) -> Answered:
            if isinstance(envelope.request, ReadFile):
                self.read.append((envelope.request.name, envelope.request.offset))
                self.meanwhile(name, envelope.request)
            answered = self.hosts[name].agent.answer(envelope)
            if isinstance(envelope.request, HashFile) and isinstance(answered.answer, FileHash):
                self.hashed(name, answered.answer)
            return Answered(answered.answer, self.mangle(answered.payload))

        return answer

    def _wait(self, seconds: float) -> None:
        self.waited_s += seconds

    def close(self) -> None:
        for host in self.hosts.values():
            host.close()


@pytest.fixture(params=[False, True], ids=["values", "json"])
def hosts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hosts]:
    made = Hosts(tmp_path, through_json=request.param)
    yield made
    made.close()


def outcomes(collected: Collected) -> dict[str, Outcome]:
    return {each.file: each.outcome for each in collected.files}


def codes(collected: Collected) -> list[str]:
    return [each.code for each in collected.findings]


def refused(hosts: Hosts, kind: type[KsyncError] = UsageError) -> list[str]:
    with pytest.raises(kind) as caught:
        hosts.collect()
    return [each.code for each in caught.value.findings]


def test_files_of_all_hosts_come_whole_and_nothing_else_is_left(hosts: Hosts) -> None:
    told: list[tuple[int, int]] = []
    collected = hosts.collect(lambda here, total: told.append((here, total)))
    assert {each.name: each.read_bytes() for each in hosts.folder.iterdir()} == {
        "left.mkv": LEFT,
        "right.mkv": RIGHT,
    }
    assert outcomes(collected) == dict.fromkeys(("left.mkv", "right.mkv"), Outcome.COLLECTED)
    assert {each.file: each.sha256 for each in collected.files} == {
        "left.mkv": hashlib.sha256(LEFT).hexdigest(),
        "right.mkv": hashlib.sha256(RIGHT).hexdigest(),
    }
    total = len(LEFT) + len(RIGHT)
    assert told[-1] == (total, total)
    assert collected.findings == ()


def test_files_stay_on_their_hosts(hosts: Hosts) -> None:
    hosts.collect()
    assert (hosts.hosts["host-b"].takes / "walk" / "left.mkv").read_bytes() == LEFT


def test_what_is_here_already_is_compared_and_not_read_again(hosts: Hosts) -> None:
    hosts.collect()
    before, hosts.read = hosts.left.stat(), []
    collected = hosts.collect()
    assert outcomes(collected) == dict.fromkeys(("left.mkv", "right.mkv"), Outcome.HERE)
    assert (hosts.read, hosts.left.stat().st_mtime_ns) == ([], before.st_mtime_ns)


@pytest.mark.parametrize("other", [b"mine", LEFT[:-1] + bytes([LEFT[-1] ^ 1])], ids=["size", "content"])
def test_another_file_of_the_name_stays_as_it_is(hosts: Hosts, other: bytes) -> None:
    hosts.folder.mkdir(parents=True)
    hosts.left.write_bytes(other)
    collected = hosts.collect()
    assert outcomes(collected) == {"left.mkv": Outcome.DIFFERS, "right.mkv": Outcome.COLLECTED}
    assert (hosts.left.read_bytes(), codes(collected)) == (other, ["file-differs"])


def test_a_file_that_takes_the_place_meanwhile_stays_too(hosts: Hosts) -> None:
    hosts.meanwhile = lambda host, request: hosts.left.write_bytes(b"mine") and None
    collected = hosts.collect()
    assert outcomes(collected)["left.mkv"] is Outcome.DIFFERS
    assert hosts.left.read_bytes() == b"mine"


def test_a_collection_goes_on_where_it_was(hosts: Hosts) -> None:
    hosts.folder.mkdir(parents=True)
    hosts.part.write_bytes(LEFT[:2_000_000])
    collected = hosts.collect()
    assert next(offset for name, offset in hosts.read if name == "left.mkv") == 2_000_000
    assert (hosts.left.read_bytes(), codes(collected)) == (LEFT, [])
    assert not hosts.part.exists()


@pytest.mark.parametrize("part", [b"\0" * 2_000_000, LEFT + b"more"], ids=["other", "longer"])
def test_what_is_no_beginning_of_the_file_is_collected_anew(hosts: Hosts, part: bytes) -> None:
    hosts.folder.mkdir(parents=True)
    hosts.part.write_bytes(part)
    collected = hosts.collect()
    assert (hosts.left.read_bytes(), codes(collected)) == (LEFT, ["part-discarded"])


def test_a_link_in_the_place_of_what_came_before_is_not_followed(hosts: Hosts, tmp_path: Path) -> None:
    hosts.folder.mkdir(parents=True)
    (tmp_path / "precious").write_text("precious")
    hosts.part.symlink_to(tmp_path / "precious")
    collected = hosts.collect()
    assert outcomes(collected)["left.mkv"] is Outcome.ELSEWHERE
    assert (tmp_path / "precious").read_text() == "precious"


def test_what_is_collected_anew_leaves_a_file_alone_that_had_its_name_too(
    hosts: Hosts, tmp_path: Path
) -> None:
    """As where somebody was killed while a file had two names, and it was moved away since."""
    hosts.folder.mkdir(parents=True)
    (tmp_path / "moved.mkv").write_bytes(b"of another take")
    hosts.part.hardlink_to(tmp_path / "moved.mkv")
    assert codes(hosts.collect()) == ["part-discarded"]
    assert (hosts.left.read_bytes(), (tmp_path / "moved.mkv").read_bytes()) == (LEFT, b"of another take")


def test_a_kill_between_two_names_of_a_file_leaves_one_in_the_end(hosts: Hosts) -> None:
    hosts.collect()
    hosts.part.hardlink_to(hosts.left)
    assert outcomes(hosts.collect())["left.mkv"] is Outcome.HERE
    assert (hosts.left.read_bytes(), hosts.part.exists()) == (LEFT, False)


def test_what_was_discarded_is_told_whatever_happens_then(hosts: Hosts) -> None:
    hosts.folder.mkdir(parents=True)
    hosts.part.write_bytes(b"other")
    hosts.meanwhile = lambda host, request: hosts.line.cut(host) if host == "host-b" else None
    assert codes(hosts.collect()) == ["part-discarded", "collection-cut-off"]


def test_a_link_that_is_cut_and_heals_costs_nothing(hosts: Hosts) -> None:
    def cut(host: str, request: ReadFile) -> None:
        if host == "host-b" and request.offset and not hosts.waited_s:
            hosts.line.cut(host)

    hosts.meanwhile = cut
    pause = hosts.collector.patience.pause
    assert pause is not None

    def heal(seconds: float) -> None:
        pause(seconds)
        if hosts.waited_s >= 3:
            hosts.line.heal("host-b")

    hosts.collector = replace(hosts.collector, patience=replace(hosts.collector.patience, pause=heal))
    collected = hosts.collect()
    assert outcomes(collected) == dict.fromkeys(("left.mkv", "right.mkv"), Outcome.COLLECTED)
    assert (hosts.waited_s, collected.findings) == (3, ())


def test_a_link_that_stays_cut_leaves_what_came_and_others_come(hosts: Hosts) -> None:
    hosts.meanwhile = lambda host, request: (
        hosts.line.cut(host) if host == "host-b" and request.offset >= 2 << 20 else None
    )
    collected = hosts.collect()
    assert outcomes(collected) == {"left.mkv": Outcome.ELSEWHERE, "right.mkv": Outcome.COLLECTED}
    assert codes(collected) == ["collection-cut-off"]
    assert "host-b does not answer" in collected.findings[0].what
    assert hosts.part.read_bytes() == LEFT[: 2 << 20]
    assert {each.file: each.here_nbytes for each in collected.files}["left.mkv"] == 2 << 20

    hosts.line.heal("host-b")
    hosts.meanwhile, hosts.read = lambda host, request: None, []
    assert outcomes(hosts.collect()) == {"left.mkv": Outcome.COLLECTED, "right.mkv": Outcome.HERE}
    assert hosts.read[0] == ("left.mkv", 2 << 20)


def test_a_host_that_records_is_left_alone(hosts: Hosts) -> None:
    hosts.hosts["host-b"].lead()
    hosts.hosts["host-b"].launch("run-front", take="run")
    collected = hosts.collect()
    assert (outcomes(collected), codes(collected)) == ({"right.mkv": Outcome.COLLECTED}, ["host-records"])
    assert hosts.waited_s >= 10


def test_a_host_that_begins_to_record_is_left_alone_from_then_on(hosts: Hosts) -> None:
    def record(host: str, request: ReadFile) -> None:
        if host == "host-b" and request.offset and not hosts.hosts[host].workers:
            hosts.hosts[host].lead()
            hosts.hosts[host].launch("run-front", take="run")

    hosts.meanwhile = record
    collected = hosts.collect()
    assert (outcomes(collected)["left.mkv"], codes(collected)) == (Outcome.ELSEWHERE, ["host-records"])
    assert hosts.part.stat().st_size == 1 << 20


def test_a_file_that_comes_damaged_gets_no_name_and_comes_anew_next_time(hosts: Hosts) -> None:
    hosts.mangle = lambda content: content[:-1] + bytes([content[-1] ^ 1]) if content else content
    collected = hosts.collect()
    assert set(codes(collected)) == {"file-damaged"}
    assert not hosts.left.exists()
    hosts.mangle = bytes
    collected = hosts.collect()
    assert (hosts.left.read_bytes(), set(codes(collected))) == (LEFT, {"part-discarded"})


@pytest.mark.parametrize("mangled", [lambda content: content + b"x", lambda content: content[:1]])
def test_a_part_that_is_longer_or_shorter_than_asked_for_is_not_taken(
    hosts: Hosts, mangled: Callable[[bytes], bytes]
) -> None:
    hosts.mangle = lambda content: mangled(content) if content else content
    assert set(codes(hosts.collect())) == {"file-changed"}
    assert hosts.part.stat().st_size == 0


def test_an_agent_that_is_restarted_while_it_hashes_has_changed_no_file(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kinect_sync.agent.digests.HASH_NBYTES", 1 << 20)
    hosts.folder.mkdir(parents=True)
    hosts.left.write_bytes(LEFT)
    restarted: list[int] = []

    def restart(host: str, answer: FileHash) -> None:
        if host == "host-b" and answer.hashed_nbytes == 2 << 20 and not restarted:
            restarted.append(answer.hashed_nbytes)
            hosts.hosts[host].restart()

    hosts.hashed = restart
    assert outcomes(hosts.collect())["left.mkv"] is Outcome.HERE
    assert restarted


def test_a_file_that_is_written_all_the_while_is_hashed_to_no_end(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kinect_sync.agent.digests.HASH_NBYTES", 1 << 20)
    hosts.folder.mkdir(parents=True)
    hosts.left.write_bytes(LEFT)
    times = iter(range(1, 1000))
    left = hosts.hosts["host-b"].takes / "walk" / "left.mkv"
    hosts.hashed = lambda host, answer: os.utime(left, (0, next(times)))
    collected = hosts.collect()
    assert (outcomes(collected)["left.mkv"], codes(collected)) == (Outcome.ELSEWHERE, ["file-changed"])


def test_a_file_that_grows_meanwhile_is_told(hosts: Hosts) -> None:
    hosts.meanwhile = lambda host, request: (
        hosts.put(host, "left.mkv", LEFT + b"more") and None if host == "host-b" else None
    )
    collected = hosts.collect()
    assert (outcomes(collected)["left.mkv"], codes(collected)) == (Outcome.ELSEWHERE, ["file-changed"])


def test_a_disk_without_room_is_told_before_anything_is_written(hosts: Hosts) -> None:
    hosts.collector = replace(hosts.collector, free_bytes=lambda folder: len(LEFT))
    assert refused(hosts, BenchError) == ["collection-no-room"]
    assert list(hosts.folder.iterdir()) == []


def test_what_is_here_already_needs_no_room(hosts: Hosts) -> None:
    hosts.folder.mkdir(parents=True)
    hosts.part.write_bytes(LEFT[:2_000_000])
    hosts.collector = replace(hosts.collector, free_bytes=lambda folder: len(LEFT + RIGHT) - 2_000_000)
    assert outcomes(hosts.collect()) == dict.fromkeys(("left.mkv", "right.mkv"), Outcome.COLLECTED)


def test_what_will_not_come_needs_no_room(hosts: Hosts) -> None:
    hosts.folder.mkdir(parents=True)
    hosts.left.write_bytes(b"mine")
    hosts.collector = replace(hosts.collector, free_bytes=lambda folder: len(RIGHT))
    assert outcomes(hosts.collect()) == {"left.mkv": Outcome.DIFFERS, "right.mkv": Outcome.COLLECTED}


def test_a_disk_that_gets_full_keeps_what_came(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    append = PartialFile.append

    def full(partial: PartialFile, content: bytes) -> None:
        if partial.nbytes >= 1 << 20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        append(partial, content)

    monkeypatch.setattr(PartialFile, "append", full)
    collected = hosts.collect()
    assert codes(collected) == ["collection-no-room"] * len(collected.findings)
    assert outcomes(collected)["left.mkv"] is Outcome.ELSEWHERE
    monkeypatch.undo()
    assert outcomes(hosts.collect())["left.mkv"] is Outcome.COLLECTED


def test_whoever_halts_it_can_go_on_later(hosts: Hosts) -> None:
    halt = hosts.collector.patience.halt
    with pytest.raises(Halted):
        hosts.collect(lambda here, total: halt.set() if here >= 1 << 20 else None)
    assert not hosts.left.exists()
    assert not (hosts.folder / OCCUPIED).exists()
    halt.clear()
    assert outcomes(hosts.collect())["left.mkv"] is Outcome.COLLECTED


def test_hosts_are_asked_at_once_and_each_for_one_thing_at_a_time(hosts: Hosts) -> None:
    both = threading.Barrier(2)
    asked = dict.fromkeys(hosts.hosts, 0)
    most = dict.fromkeys(hosts.hosts, 0)

    def meet(host: str, request: ReadFile) -> None:
        asked[host] += 1
        most[host] = max(most[host], asked[host])
        if request.offset == 0:
            both.wait(timeout=30)
        asked[host] -= 1

    hosts.meanwhile = meet
    hosts.collect()
    assert most == dict.fromkeys(hosts.hosts, 1)


def test_of_two_hosts_with_one_name_the_one_that_recorded_it_is_asked(hosts: Hosts) -> None:
    hosts.put("host-c", "left.mkv", b"of another take")
    collected = hosts.collect()
    assert (codes(collected), hosts.left.read_bytes()) == (["file-twice"], LEFT)
    hosts.left.unlink()
    hosts.collector = replace(hosts.collector, host_of={"left.mkv": "host-c", "right.mkv": "host-c"})
    assert codes(hosts.collect()) == []
    assert hosts.left.read_bytes() == b"of another take"


@pytest.mark.parametrize("name", ["../evil.mkv", "/tmp/evil.mkv", "take.json", ".profile", "a\\b.mkv",
                                  "left.mkv:stream.mkv", "con.mkv"])  # fmt: skip
def test_a_host_that_lists_what_is_no_recording_gets_nothing_written(
    name: str, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent there may be anybody's by now."""
    liar, listed = hosts.hosts["host-b"].agent, FileList(files=(FileEntry(name=name, nbytes=4),))
    honest = liar.answer

    def lie(envelope: Envelope) -> Answered:
        return Answered(listed) if isinstance(envelope.request, ListFiles) else honest(envelope)

    monkeypatch.setattr(liar, "answer", lie)
    collected = hosts.collect()
    assert codes(collected) == ["file-name-refused"]
    assert [each.name for each in hosts.folder.iterdir()] == ["right.mkv"], "the other host's comes"
    assert [each.name for each in hosts.folder.parent.iterdir()] == ["walk"]


def test_names_that_are_one_on_other_systems_do_not_come_both(hosts: Hosts) -> None:
    hosts.put("host-c", "Left.mkv", b"another one")
    collected = hosts.collect()
    assert codes(collected) == ["file-twice"]
    assert sorted(each.name for each in hosts.folder.iterdir()) == ["left.mkv", "right.mkv"]


def test_a_take_that_no_host_has_is_told_and_leaves_no_folder(hosts: Hosts) -> None:
    hosts.collector = replace(hosts.collector, take="run")
    assert refused(hosts) == ["take-not-on-hosts"]
    assert not hosts.folder.exists()


def test_nobody_collects_into_a_folder_at_once_with_another_one(hosts: Hosts) -> None:
    hosts.folder.mkdir(parents=True)
    lock = FileLock(hosts.folder / OCCUPIED)
    assert lock.acquire()
    assert refused(hosts) == ["collection-runs"]
    lock.release()
    hosts.collect()


def test_a_link_in_the_place_of_the_lock_makes_no_file_elsewhere(hosts: Hosts, tmp_path: Path) -> None:
    hosts.folder.mkdir(parents=True)
    (hosts.folder / OCCUPIED).symlink_to(tmp_path / "elsewhere")
    assert refused(hosts, BenchError) == ["collection-no-room"]
    assert not (tmp_path / "elsewhere").exists()


def test_ctrl_c_ends_it_in_good_order(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()

    def interrupted(*_: object) -> None:
        assert begun.wait(30)
        raise KeyboardInterrupt

    def begin(host: str, request: ReadFile) -> None:
        monkeypatch.setattr("kinect_sync.at_once.wait", interrupted)
        begun.set()
        hosts.collector.patience.halt.wait(30)

    hosts.meanwhile = begin
    with suppress(KeyboardInterrupt):
        hosts.collect()
    assert hosts.collector.patience.halt.is_set()
    assert not (hosts.folder / OCCUPIED).exists()
    assert not hosts.left.exists()
