"""The SDK is tried in a process of its own, whatever a native library does to that."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kinect_sync.benches.sdk_trial import try_sdk
from kinect_sync.findings.sdk import SDK_LIBRARY_BROKEN
from tests.cli.commands import ROOT


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import os; os.abort()", "ended the process with status"),
        ("import os; print('hello'); os._exit(0)", "could not be tried"),
    ],
    ids=["it aborts", "it ends without a word of its own"],
)
def test_a_library_that_ends_its_process_is_told(
    code: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyk4a").mkdir()
    (tmp_path / "pyk4a" / "__init__.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), str(ROOT))))
    (finding,) = try_sdk()
    assert finding.kind is SDK_LIBRARY_BROKEN
    assert told in finding.what
