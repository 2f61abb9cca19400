"""A view of files that anything may have happened to: an answer each time, in bounded time."""

from __future__ import annotations

import random

import pytest

from kinect_sync.takes.names import INDEX, LOAD, MANIFEST
from kinect_sync.viewer.bundle import Wanted, make_bundle
from kinect_sync.viewer.recorded_take import TakeSource
from tests.viewer.growing import GrowingTake

ROUNDS = 10
HEAD_NBYTES = 3000
"""Where the header of a recording stands, and the first clusters."""


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> GrowingTake:
    growing = GrowingTake(tmp_path_factory.mktemp("takes") / "monday")
    growing.record(30, written=False)
    growing.record(2)
    growing.record(2, holes={"left": "queue_full"})
    growing.end()
    return growing


@pytest.mark.parametrize("name", [MANIFEST, INDEX, LOAD, "left.mkv"])
def test_whatever_a_file_of_a_take_holds_there_is_an_answer(take: GrowingTake, name: str) -> None:
    path, chance = take.folder / name, random.Random(name)
    whole = path.read_bytes()
    for _ in range(ROUNDS):
        path.write_bytes(damage(whole, chance))
        source = TakeSource(take.folder, take.surroundings)
        for pulse in (None, 31):
            make_bundle(source, Wanted(small=True, pulse=pulse)).to_bytes()
            take.wait(1.1)
    path.write_bytes(whole)


def damage(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(min(len(data), HEAD_NBYTES))
    return {
        "flipped": data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :],
        "cut": data[:at],
        "overwritten": data[:at] + chance.randbytes(50) + data[at + 50 :],
        "inserted": data[:at] + chance.randbytes(20) + data[at:],
        "exchanged": b"\n".join(chance.sample(lines := data.split(b"\n"), len(lines))),
        "digits": data[:at] + b"9" * chance.randrange(1, 30) + data[at:],
    }[chance.choice(["flipped", "cut", "overwritten", "inserted", "exchanged", "digits"])]


def test_tags_of_another_mode_cost_the_pictures_that_they_are_of(take: GrowingTake) -> None:
    path = take.folder / "left.mkv"
    whole = path.read_bytes()
    for mode in (b"OFF", b"PASSIVE_IR", b"WFOV_UNBINNED", b"NONE"):
        path.write_bytes(whole.replace(b"NFOV_2X2BINNED", mode.ljust(14, b"\0")))
        seen = {each.name: each for each in make_bundle(TakeSource(take.folder), Wanted()).head.devices}
        assert seen["front"].depth is not None
        assert seen["left"].depth is None or seen["left"].depth.far_mm == 2210
    path.write_bytes(whole)
