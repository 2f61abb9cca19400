"""What every worker finds in its environment."""

from __future__ import annotations

import pytest

from kinect_sync.benches.launching import process_environment, worker_environment


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
