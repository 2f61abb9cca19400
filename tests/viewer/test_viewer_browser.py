"""The page in a real browser: nine cameras drawn, hostile words as text, nothing that its policy forbids."""

from __future__ import annotations

import html
import re
from pathlib import Path

from kinect_sync.viewer.serving.serving import serving
from tests.browser import NEEDS_BROWSER, open_in_browser
from tests.viewer.made_up import MadeUp, sign
from tests.viewer.pulling import served

HOSTILE = "<img src=x onerror=alert(1)>"
NAMES = (
    "north",
    "north-east",
    "east",
    "south",
    "west",
    "top-1",
    "top-2",
    f"</article>{HOSTILE}",
    "..\u202e/ä 🎥",
)


@NEEDS_BROWSER
def test_nine_cameras_are_drawn_and_hostile_words_are_text(tmp_path: Path) -> None:
    source = MadeUp(names=NAMES, name=f"{HOSTILE}&amp;", signs=(sign(f"{HOSTILE}; unplug it", "east"),))
    with served(source) as server:
        flags = ("--dump-dom", "--virtual-time-budget=2500", "--window-size=1280,900")
        done = open_in_browser(server.address, tmp_path / "profile", *flags)
    dom = re.sub(r' title="[^"]*"', "", done.stdout)  # its words are quoted as each browser likes
    assert re.findall(r".*CONSOLE.*", done.stderr) == [], "not even a word of the policy"
    assert re.search(r'<body data-level="error"', dom)
    cameras = re.findall(r'<article class="(\w+)">(.*?)</article>', dom, re.DOTALL)
    named = [html.unescape(re.findall(r'class="name"[^>]*>(.*?)</span>', text)[0]) for _, text in cameras]
    assert named == list(NAMES)
    assert [level for level, _ in cameras].count("error") == 1
    drawn = re.findall(r'<figure class="(\w+)"[^>]* data-none="">', dom)
    assert sorted(drawn) == ["color"] * 9 + ["depth"] * 9, "all of them, over one connection"
    assert not re.search(r"<img|onerror=", dom.replace("&lt;img src=x onerror=", "")), "an element of theirs"
    assert html.escape(HOSTILE, quote=False) in dom
    assert server.access.token not in dom


@NEEDS_BROWSER
def test_why_there_are_no_pictures_is_told_in_the_words_of_the_server(tmp_path: Path) -> None:
    def answer(_: str) -> bytes:
        raise TimeoutError

    with serving(answer) as server:
        flags = ("--dump-dom", "--virtual-time-budget=2500")
        done = open_in_browser(server.address, tmp_path / "profile", *flags)
    assert re.search(r"no answer for \d+ s", done.stdout)
    assert "the disk gives no answer, and all that is shown is old" in done.stdout
