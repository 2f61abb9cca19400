"""Kinects that stay open while their jacks are watched: opened once, and anew only when they must be."""

from __future__ import annotations

from dataclasses import dataclass, field

from kinect_sync.devices.k4a.open_devices import KeptKinects
from kinect_sync.devices.k4a.sdk_errors import describe
from kinect_sync.devices.port import Discovered
from kinect_sync.findings.bench import DEVICE_BUSY
from kinect_sync.readings import Jacks

PLUGGED, EMPTY = Jacks(sync_in=True, sync_out=False), Jacks(sync_in=False, sync_out=False)


@dataclass
class Kinect:
    serial: str
    finder: Finder

    def close(self) -> None:
        self.finder.journal.append(f"close {self.serial}")
        self.finder.opened.remove(self.serial)


@dataclass
class Finder:
    """Connected devices, by index."""

    serials: list[str]
    busy: set[str] = field(default_factory=set)
    jacks: dict[str, Jacks | None] = field(default_factory=dict)
    journal: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    def count(self) -> int:
        return len(self.serials)

    def open_index(self, index: int) -> Kinect | None:
        serial = self.serials[index]
        assert serial not in self.opened, "a device that is open is never opened again"
        self.journal.append(f"open {serial}")
        if serial in self.busy:
            return None
        self.opened.append(serial)
        return Kinect(serial, self)

    def inspect(self, index: int, kinect: Kinect | None) -> Discovered:
        if kinect is None:
            return Discovered(index=index, serial=None, problem=describe(DEVICE_BUSY, indices=index))
        return Discovered(index=index, serial=kinect.serial, jacks=self.read_jacks(kinect, kinect.serial))

    def read_jacks(self, kinect: Kinect, serial: str) -> Jacks | None:
        return self.jacks.get(serial, EMPTY)


def states(found) -> list:
    return [(each.serial, each.jacks) for each in found]


def test_devices_are_opened_once_and_their_jacks_read_at_every_look() -> None:
    finder = Finder(["a", "b"])
    kept = KeptKinects(finder)
    assert states(kept.look()) == [("a", EMPTY), ("b", EMPTY)]
    finder.jacks["b"] = PLUGGED
    assert states(kept.look()) == [("a", EMPTY), ("b", PLUGGED)]
    assert finder.journal == ["open a", "open b"]
    kept.close()
    kept.close()
    assert finder.journal == ["open a", "open b", "close a", "close b"]


def test_a_busy_device_is_tried_again_and_the_others_are_left_alone() -> None:
    finder = Finder(["a", "b"], busy={"a"})
    kept = KeptKinects(finder)
    assert [each.problem.code if each.problem else None for each in kept.look()] == ["device-busy", None]
    finder.busy.clear()
    assert states(kept.look()) == [("a", EMPTY), ("b", EMPTY)]
    assert finder.journal == ["open a", "open b", "open a"]


def test_indices_are_not_trusted_when_devices_come_or_go() -> None:
    finder = Finder(["a", "b"])
    kept = KeptKinects(finder)
    kept.look()
    finder.serials = ["c", "b", "a"]
    assert states(kept.look()) == [("c", EMPTY), ("b", EMPTY), ("a", EMPTY)]
    assert finder.journal == ["open a", "open b", "close a", "close b", "open c", "open b", "open a"]


def test_a_device_that_no_longer_answers_is_closed_and_opened_anew() -> None:
    finder = Finder(["a"])
    kept = KeptKinects(finder)
    kept.look()
    finder.jacks["a"] = None
    (silent,) = kept.look()
    assert silent.problem is not None
    assert (silent.problem.code, silent.jacks) == ("jacks-unreadable", None)
    finder.jacks["a"] = PLUGGED
    assert states(kept.look()) == [("a", PLUGGED)]
    assert finder.journal == ["open a", "close a", "open a"]
