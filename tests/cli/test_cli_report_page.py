from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.commands import run_ksync
from tests.review.small_takes import make_take

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), "")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
)  # fmt: skip
MEASURE = """<script>
const wide = [...document.querySelectorAll('main *:not(.scroll *)')].filter(
  each => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
document.body.dataset.overflow = document.documentElement.scrollWidth - innerWidth;
document.body.dataset.wide = wide.map(each => each.tagName + '.' + each.className).join(' ');
document.body.dataset.images = [...document.images].filter(each => each.naturalWidth > 0).length;
</script></body>"""


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    holes = {"left": {1: "sensor_dropped"}, "right": {2: "half_capture"}}
    return make_take(tmp_path_factory.mktemp("takes") / "one", pulses=5, holes=holes)


def test_the_page_is_written_beside_the_recordings_or_where_it_is_wanted(take: Path, tmp_path: Path) -> None:
    done = run_ksync("report", take)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"report: {take / 'report.html'}\n"
    page = tmp_path / "page.html"
    page.write_text("an older one")
    assert run_ksync("report", take, "-o", page).code == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_what_is_no_take_is_exit_2(tmp_path: Path) -> None:
    done = run_ksync("report", tmp_path, "-o", tmp_path / "page.html")
    assert done.code == 2
    assert "is not the folder of a take" in done.err
    assert not (tmp_path / "page.html").exists()


def test_a_folder_that_is_not_there_is_exit_2(take: Path, tmp_path: Path) -> None:
    done = run_ksync("report", take, "-o", tmp_path / "nowhere" / "page.html")
    assert done.code == 2
    assert "cannot be written" in done.err


@pytest.mark.skipif(not BROWSER, reason="no Chromium to open the page in")
@pytest.mark.parametrize("width", [500, 1200])
def test_a_browser_shows_it_all_within_the_width(take: Path, tmp_path: Path, width: int) -> None:
    page = tmp_path / "page.html"
    assert run_ksync("report", take, "-o", page).code == 0
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", MEASURE), encoding="utf-8")
    shown = subprocess.run(
        [BROWSER, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},900",
         "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=60,
    ).stdout  # fmt: skip
    assert 'data-overflow="0"' in shown
    assert 'data-wide=""' in shown
    assert 'data-images="6"' in shown
