"""Which SDK is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.host.view import Installed
from tests.doctor.examining import OK, UNKNOWN, WARNING, Row, expect, told
from tests.host.made_up import BUNDLE, Change, MadeUp, good, has, nothing


def without_files(it: MadeUp) -> None:
    it.installed = {"pyk4a": Installed("1.5.0", ())}


def with_sdk(version: str) -> Change:
    files = (f"pyk4a_bundle.libs/libk4a-f64cb9eb.so.{version}",)
    return has(installed={"pyk4a-bundle": Installed("1.5.0", files)})


ROWS = [
    Row("the bundle", nothing, OK, "pyk4a-bundle 1.5.0", code="pyk4a-version"),
    Row("its SDK", nothing, OK, "1.4.2"),
    Row("an old SDK", with_sdk("1.4.0"), WARNING, "1.4.0", "pip install"),
    Row("1.10 is newer than 1.4", with_sdk("1.10.0"), OK, "1.10.0"),
    Row("a system's SDK", without_files, UNKNOWN, "does not tell", "k4aviewer"),
    Row("nothing installed", has(installed={}), UNKNOWN, "not installed", "pip", code="pyk4a-version"),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_computer_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    expect(row, "sdk-version", good(tmp_path))


def test_the_bundle_comes_before_a_plain_pyk4a(tmp_path: Path) -> None:
    it = good(tmp_path)
    it.installed = {"pyk4a": Installed("1.4.0", ()), "pyk4a-bundle": BUNDLE}
    assert told("sdk-version", it)[0].what == "pyk4a-bundle 1.5.0"
