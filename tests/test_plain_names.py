"""Which texts name one file below a folder, on every system that a worker may run on."""

from __future__ import annotations

import pytest

from kinect_sync.files import is_plain_name

NAMES = [
    # (why, name, whether it is one)
    ("a take as ksync names it", "studio-a-20260131-142500", True),
    ("a recording", "front-left.mkv", True),
    ("words of any language", "Probe 3 – 走る", True),
    ("nothing", "", False),
    ("the folder itself", ".", False),
    ("the folder above", "..", False),
    ("a path", "a/b", False),
    ("a path on Windows", "a\\b", False),
    ("a drive's own folder on Windows", "C:evil", False),
    ("a second stream of a file on Windows", "x.mkv:ads", False),
    ("a device of Windows", "nul", False),
    ("a device of Windows, whatever follows", "CON.mkv", False),
    ("no device, though it begins like one", "console", True),
    ("Windows drops a dot at the end", "take.", False),
    ("and a space", "take ", False),
    ("a zero byte", "a\0b", False),
    ("a line break", "a\nb", False),
    ("an escape for a terminal", "a\x1b[2J", False),
]


@pytest.mark.parametrize(("why", "name", "plain"), NAMES, ids=[name[0] for name in NAMES])
def test_a_plain_name_is_one_on_every_system(why: str, name: str, plain: bool) -> None:
    assert is_plain_name(name) is plain, why
