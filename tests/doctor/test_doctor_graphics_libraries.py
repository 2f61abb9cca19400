"""The libraries that the depth engine is linked to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doctor.examining import OK, PROBLEM, Row, expect
from tests.host.made_up import Change, both, environment, good, has, holds, nothing


def libraries(*paths: str) -> Change:
    """No cache of the loader; libraries are where they are."""
    return both(has(commands={}), *(holds(path, "") for path in paths))


ROWS = [
    Row("libGL by the cache", nothing, OK, "/lib/x86_64-linux-gnu/libGL.so.1", code="library-gl"),
    Row("no libGL", libraries(), PROBLEM, "libGL.so.1", "libgl1", code="library-gl"),
    Row("no libX11", libraries(), PROBLEM, "libX11.so.6", "libx11-6", code="library-x11"),
    Row("libGL in a folder", libraries("/usr/lib64/libGL.so.1"), OK, "lib64", code="library-gl"),
    Row(
        "libGL of one's own",
        both(libraries("/opt/gl/libGL.so.1"), environment(LD_LIBRARY_PATH="/none:/opt/gl/")),
        OK,
        "/opt/gl/libGL.so.1",
        code="library-gl",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_computer_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    expect(row, "graphics-libraries", good(tmp_path))
