"""The fixture that gives a test its virtual bench, or skips it with the reason."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.virtual_k4a.bench import Unavailable, VirtualBench, build_library

MakeBench = Callable[..., VirtualBench]


@pytest.fixture
def virtual_k4a(tmp_path: Path) -> MakeBench:
    """Make a bench from a list of `VirtualDevice`s, in the test's own directory."""
    require_virtual_k4a()
    return partial(VirtualBench, tmp_path)


def require_virtual_k4a() -> None:
    """Skip the test that asks, with the reason, where there can be no virtual bench."""
    try:
        build_library()
    except Unavailable as reason:
        pytest.skip(str(reason))
