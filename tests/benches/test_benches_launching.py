"""What every worker finds in its environment."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kinect_sync.benches.launching import process_environment, worker_environment
from kinect_sync.worker.image_copies import PAST_CACHE_NBYTES

LOADER = Path("/lib64/ld-linux-x86-64.so.2")
"""Tells what it was told, in a version of 2021 or later."""


def test_the_sdk_writes_its_log_where_the_worker_takes_it_and_into_no_file_of_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("K4A_ENABLE_LOG_TO_A_FILE", "k4a.log")
    monkeypatch.setenv("K4A_ENABLE_LOG_TO_STDOUT", "0")
    monkeypatch.delenv("K4A_LOG_LEVEL", raising=False)
    environment = worker_environment()
    assert "K4A_ENABLE_LOG_TO_A_FILE" not in environment
    assert (environment["K4A_ENABLE_LOG_TO_STDOUT"], environment["K4A_LOG_LEVEL"]) == ("1", "w")
    assert process_environment()["K4A_ENABLE_LOG_TO_STDOUT"] == "0", "whose stdout is for results"


def test_a_level_that_somebody_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K4A_LOG_LEVEL", "t")
    assert worker_environment()["K4A_LOG_LEVEL"] == "t"


def test_windows_may_keep_its_color_buffers() -> None:
    assert worker_environment()["K4A_MF_COPY_TO_NEW_BUFFER"] == "1"


@pytest.mark.skipif(not LOADER.exists(), reason="it is the GNU C library for x86-64 that can be told")
@pytest.mark.parametrize(
    ("set_before", "expected"),
    [("", PAST_CACHE_NBYTES), ("glibc.malloc.arena_max=3", PAST_CACHE_NBYTES),
     ("glibc.cpu.x86_non_temporal_threshold=262144", 262144)],
)  # fmt: skip
def test_images_are_copied_past_the_cache_unless_somebody_said_otherwise(
    monkeypatch: pytest.MonkeyPatch, set_before: str, expected: int
) -> None:
    monkeypatch.setenv("GLIBC_TUNABLES", set_before)
    told = subprocess.run(
        [LOADER, "--list-tunables"], env=worker_environment(), capture_output=True, text=True
    )
    values = dict(line.split(" (")[0].split(": ") for line in told.stdout.splitlines() if ": " in line)
    assert int(values["glibc.cpu.x86_non_temporal_threshold"], 16) == expected
    if "arena_max" in set_before:
        assert int(values["glibc.malloc.arena_max"], 16) == 3
