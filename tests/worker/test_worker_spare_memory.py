"""A worker keeps the memory of images, and gives back what a slow disk made it take."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from kinect_sync.worker.spare_memory import ALLOCATION, KEPT_BYTES, STEP_BYTES, SpareMemory

MB = 1 << 20


@pytest.mark.parametrize(
    ("why", "queued", "given_back"),
    [
        ("a disk that keeps up", [2 * MB, 0, 3 * MB, 0], 0),
        ("one that lags a little", [STEP_BYTES - 1, 0], 0),
        ("one that stood still, and writes all at once", [10 * STEP_BYTES, 0, 0], 1),
        (
            "one that stood still, and writes slowly",
            [4 * STEP_BYTES, 3 * STEP_BYTES, 2 * STEP_BYTES + 1, 2 * STEP_BYTES, 0],
            3,
        ),
        ("one that stands still twice", [STEP_BYTES, 0, STEP_BYTES, 0], 2),
    ],
)
def test_memory_is_given_back_when_what_waited_is_written(
    why: str, queued: list[int], given_back: int
) -> None:
    times: list[None] = []
    spare = SpareMemory(lambda: times.append(None))
    for nbytes in queued:
        spare.follow(nbytes)
    assert len(times) == given_back, why


IMAGES = f"""
import resource, threading
import numpy as np
from kinect_sync.worker.spare_memory import give_back

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

def take(many):
    return [[np.ones(nbytes, np.uint8) for nbytes in (230_000, 737_280, 737_280)] for _ in range(many)]

def in_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

def come_and_go():
    for _ in range(20):
        take(1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        take(1)
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)

faults, kept = [], []
in_thread(come_and_go)
begin = resident()
in_thread(lambda: kept.extend(take(100)))
in_thread(lambda: [kept.pop(0) for _ in range(100)])
give_back()
print(faults[0] / 20, (resident() - begin) <= {KEPT_BYTES})
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is the GNU C library that keeps memory")
def test_images_that_come_and_go_ask_the_system_for_nothing_and_many_that_waited_are_given_back() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", IMAGES], env={**os.environ, **ALLOCATION}, capture_output=True, check=True
    )
    faults, given_back = ran.stdout.split()
    assert float(faults) < 10
    assert given_back == b"True"
