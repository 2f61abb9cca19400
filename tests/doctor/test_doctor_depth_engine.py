"""The depth engine itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doctor.examining import OK, PROBLEM, Row, expect
from tests.host.made_up import both, good, has, holds, nothing

ROWS = [
    Row("the bundled engine", nothing, OK, "pyk4a_bundle.libs"),
    Row("no engine", has(installed={}), PROBLEM, "no depth", "pyk4a-bundle"),
    Row(
        "the system's engine",
        both(has(installed={}), holds("/usr/lib/libdepthengine.so.2.0", "")),
        OK,
        "/usr/lib/",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_computer_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    expect(row, "depth-engine", good(tmp_path))
