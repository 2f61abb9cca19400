"""The page in a real browser: nine cameras drawn, hostile words as text, nothing that its policy forbids, and
what is wrong with a rig where an operator sees it."""

from __future__ import annotations

import html
import re
from pathlib import Path

from kinect_sync.devices.simulated.frames import Film
from kinect_sync.viewer.recorded_take import TakeSource
from kinect_sync.viewer.serving.serving import serving
from tests.browser import NEEDS_BROWSER, open_in_browser
from tests.review.small_takes import small_rig
from tests.viewer.growing import GrowingTake
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
def test_a_camera_that_is_covered_one_unplugged_and_one_over_exposed_are_told_where_they_are(
    tmp_path: Path,
) -> None:
    """By the images of the simulated cameras, from recordings that grow."""
    back = {
        "name": "back",
        "serial": "000123456704",
        "role": "subordinate",
        "depth_delay_off_color_usec": 480,
    }
    devices = [each.model_dump(exclude_unset=True) for each in small_rig().devices]
    take = GrowingTake(tmp_path / "monday", small_rig(devices=[*devices, back]))
    take.record(30)
    for name, kind in (("left", "covered"), ("back", "overexposed")):
        take.films[name] = Film(take.settings[name].serial, take.settings[name], kind)
    take.record(3, holes={"right": "device_lost"})
    with served(TakeSource(take.folder, take.surroundings)) as server:
        flags = ("--dump-dom", "--virtual-time-budget=2500", "--window-size=1280,900")
        dom = open_in_browser(server.address, tmp_path / "profile", *flags).stdout
    take.end()
    cameras = re.findall(r'<article class="(\w+)">(.*?)</article>', dom, re.DOTALL)
    assert [level for level, _ in cameras] == ["good", "error", "error", "warning"]
    told = [re.findall(r'class="sign"[^>]*>(.*?)</p>', text)[0] for _, text in cameras]
    assert told[:2] == ["", "the camera sees nothing"]
    assert "3 of 33 captures are missing" in told[2]
    assert told[3] == "100% of color is over-exposed"
    assert [re.findall(r">(depth \d+ %)<", text) for _, text in cameras][1] == ["depth 0 %"]
    assert len(re.findall(r'<figure class="\w+"[^>]* data-none="">', dom)) == 8, "the last pictures stay"
    assert re.search(r'<body data-level="error"', dom)
    assert "left: the camera sees nothing" in re.findall(r"<title>(.*?)</title>", dom)[0]


@NEEDS_BROWSER
def test_why_there_are_no_pictures_is_told_in_the_words_of_the_server(tmp_path: Path) -> None:
    def answer(_: str) -> bytes:
        raise TimeoutError

    with serving(answer) as server:
        flags = ("--dump-dom", "--virtual-time-budget=2500")
        done = open_in_browser(server.address, tmp_path / "profile", *flags)
    assert re.search(r"no answer for \d+ s", done.stdout)
    assert "the disk gives no answer, and all that is shown is old" in done.stdout
