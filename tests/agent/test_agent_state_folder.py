"""What an agent keeps of its workers: enough to find them again, and written without waiting."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.agent.state_folder import LodgedWorker, StateFolder


def test_a_worker_begins_without_waiting_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is busy with recordings takes seconds for a file, and an agent answers nobody meanwhile."""
    state = StateFolder(tmp_path / "state")

    def waits(_fd: int) -> None:
        raise AssertionError("the disk was waited for")

    monkeypatch.setattr("os.fsync", waits)
    assert (state.make_folder("take-left-1") / "key").stat().st_size > 0
    state.keep(LodgedWorker(worker="take-left-1", pid=1, started=None, run="run", take="take"))
    assert [record.worker for record, _ in state.lodged()] == ["take-left-1"]
    state.close()
