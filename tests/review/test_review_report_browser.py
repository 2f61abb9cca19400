"""The page of a report in a real browser: nothing sticks out, nothing is fetched, light, dark and paper."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kinect_sync.review.report.writing import write_report
from tests.browser import NEEDS_BROWSER, open_in_browser
from tests.review.small_takes import make_take, small_rig

WIDTHS = (320, 400, 700, 1200)
SCHEMES = ("light", "dark")
FRAME = (
    '<iframe src="{page}" style="width:{width}px;height:{height}px;border:0;color-scheme:{scheme}"></iframe>'
)
MEASURE = """<script>
const measure = (frame) => {
  const inside = frame.contentWindow, page = frame.contentDocument, root = page.documentElement;
  const sticksOut = (each) => each.getBoundingClientRect().right > root.clientWidth + 1;
  return {
    page: frame.getAttribute("src"),
    width: inside.innerWidth,
    overflow: root.scrollWidth - root.clientWidth,
    wide: [...page.querySelectorAll("main *:not(.scroll *)")].filter(sticksOut).map((each) => each.outerHTML),
    images: [...page.images].filter((each) => each.naturalWidth > 0).length,
    fetched: inside.performance.getEntriesByType("resource").map((each) => each.name),
  };
};
addEventListener("load", () => {
  const told = document.createElement("pre");
  told.textContent = JSON.stringify([...document.querySelectorAll("iframe")].map(measure));
  document.body.append(told);
});
</script>"""

pytestmark = NEEDS_BROWSER


def browse(page: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Open a page of the folder that it is in."""
    return open_in_browser(page.as_uri(), page.parent / "profile", *flags)


def frames(pages: list[str], height: int, widths: tuple[int, ...]) -> list[str]:
    return [
        FRAME.format(page=page, width=width, height=height, scheme=scheme)
        for page in pages
        for width in widths
        for scheme in SCHEMES
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two reports: three devices with holes, and nine with long names."""
    to = tmp_path_factory.mktemp("reports")
    holes = {"left": {1: "sensor_dropped"}, "right": {2: "half_capture"}}
    write_report(make_take(to / "three", pulses=5, holes=holes), to / "three.html")
    devices = [
        {"name": f"camera-with-a-rather-long-name-{number}", "serial": f"{number:012d}",
         "role": "subordinate" if number else "master", "depth_delay_off_color_usec": 160 * number}
        for number in range(9)
    ]  # fmt: skip
    write_report(make_take(to / "nine", pulses=2, rig=small_rig(devices=devices)), to / "nine.html")
    return to


def measure(folder: Path, pages: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """Open pages at all widths, light and dark; return what was measured, and lines of the console."""
    wrapper = folder / "measure.html"
    wrapper.write_text("<!doctype html>" + "".join(frames(pages, 600, WIDTHS)) + MEASURE)
    done = browse(wrapper, "--virtual-time-budget=10000", "--dump-dom")
    told = re.search(r"<pre>(.*)</pre>", done.stdout, re.DOTALL)
    assert told, done.stdout + done.stderr
    return json.loads(html.unescape(told[1])), re.findall(r".*CONSOLE.*", done.stderr)


def test_all_of_it_is_within_any_width_and_nothing_is_fetched(folder: Path) -> None:
    measured, console = measure(folder, ["three.html", "nine.html"])
    assert console == []
    expected = [
        {"page": page, "width": width, "overflow": 0, "wide": [], "images": images, "fetched": []}
        for page, images in (("three.html", 6), ("nine.html", 18))
        for width in WIDTHS
        for _ in SCHEMES
    ]
    assert measured == expected


def test_what_sticks_out_is_fetched_or_fails_would_be_noticed(folder: Path) -> None:
    fetched = "http://127.0.0.1:9/x.png"
    spoilt = (
        f'<i style="display:block;width:900px">x</i><img src="{fetched}"><script>nowhere()</script></main>'
    )
    page = (folder / "three.html").read_text(encoding="utf-8").replace("</main>", spoilt)
    (folder / "spoilt.html").write_text(page, encoding="utf-8")
    measured, console = measure(folder, ["spoilt.html"])
    assert [each["overflow"] > 100 for each in measured] == [True] * 6 + [False] * 2
    assert all(any("900px" in wide for wide in each["wide"]) for each in measured if each["width"] < 900)
    assert any(each["fetched"] == [fetched] for each in measured)
    assert any("nowhere is not defined" in line for line in console)


def test_light_is_light_dark_is_dark_and_both_show_the_same(folder: Path, tmp_path: Path) -> None:
    wrapper = folder / "both.html"
    style = "<style>body{margin:0;display:flex}</style>"
    wrapper.write_text("<!doctype html>" + style + "".join(frames(["three.html"], 900, (600,))))
    browse(wrapper, "--window-size=1200,900", f"--screenshot={tmp_path / 'both.png'}")
    with Image.open(tmp_path / "both.png") as image:
        shown = np.asarray(image.convert("L")).astype(int)
    assert shown.shape == (900, 1200)
    light, dark = shown[:, :600], shown[:, 600:]
    assert np.median(light) > 200
    assert np.median(dark) < 60
    for each in (light, dark):
        drawn = np.abs(each - np.median(each)) > 60
        assert 0.02 < drawn.mean() < 0.5, "neither blank nor filled"
    drawn_light, drawn_dark = (np.abs(each - np.median(each)).max(axis=1) > 60 for each in (light, dark))
    assert (drawn_light == drawn_dark).mean() > 0.9, "words and lines are in the same rows"


def test_on_paper_it_is_a_few_pages_with_all_pictures(folder: Path, tmp_path: Path) -> None:
    browse(folder / "three.html", "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'page.pdf'}")
    pdf = (tmp_path / "page.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 8
    assert len(re.findall(rb"/Subtype\s*/Image\b", pdf)) >= 6
