"""Boards on paper: of true size, and found by what looks for them."""

from __future__ import annotations

import re
import shutil
import subprocess

import cv2
import numpy as np
import pytest

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.detection.detecting import detect
from kinect_sync.calibration.printing.papers import SIGHTS, Paper, reach_m
from kinect_sync.calibration.printing.pdf import draw_pdf
from kinect_sync.calibration.printing.sheet import RULER_MM, Sheet, fitting_paper, lay_out
from kinect_sync.calibration.printing.svg import draw_svg
from kinect_sync.errors import UsageError

BROWSERS = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")
BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), "")

BOARDS = [
    "charuco-6x4-45-31.5-DICT_4X4_50",
    "charuco-5x4-40-28-DICT_5X5_100-legacy",
    "charuco-4x6-30-22.5-DICT_6X6_250",
    "aprilgrid-6x4-36-28-DICT_APRILTAG_36h11",
    "chessboard-9x6-25",
]


def paint(sheet: Sheet, px_per_mm: float) -> np.ndarray:
    """What a printer makes of a sheet, one gray level darker than white and one lighter than black."""
    width, height = (round(each * px_per_mm) for each in sheet.size_mm)
    image = np.full((height, width), 230, np.uint8)
    for box in sheet.boxes:
        left, top = round(box.x * px_per_mm), round(box.y * px_per_mm)
        right, low = round((box.x + box.width) * px_per_mm), round((box.y + box.height) * px_per_mm)
        image[top:low, left:right] = 20
    return image


def first_corner(sheet: Sheet) -> np.ndarray:
    """Where the board's frame begins on the sheet, in mm: the first square's outer corner."""
    return np.array(sheet.boxes[0][:2]) + (1000 * sheet.board.gap_m if "april" in sheet.board.id else 0)


@pytest.mark.parametrize("text", BOARDS)
def test_what_is_printed_is_found_where_it_was_put(text):
    board = Board.from_id(text)
    sheet = lay_out(board, fitting_paper(board))
    turn = cv2.getRotationMatrix2D((0, 0), -3, 1.0)  # tags whose edges are rows of pixels run into each other
    image = cv2.warpAffine(paint(sheet, 4.0), turn, (1500, 1300), flags=cv2.INTER_AREA, borderValue=230)
    ids, found = detect(cv2.GaussianBlur(image, (0, 0), 1.0), board)
    pixels = (found - turn[:, 2]) @ turn[:, :2]
    assert len(ids) == len(board.corners)
    place = first_corner(sheet) if "legacy" not in text else first_corner(sheet) - (40, 0)
    np.testing.assert_allclose((pixels + 0.5) / 4 - place, 1000 * board.corners[:, :2], atol=0.1)


@pytest.mark.parametrize("paper", list(Paper))
def test_the_board_of_a_paper_leaves_what_printers_cannot_print(paper):
    sheet = lay_out(paper.board, paper)
    assert sheet.size_mm == paper.size_mm
    assert fitting_paper(paper.board) is paper
    for box in sheet.boxes:
        assert 8 < box.x < box.x + box.width < paper.size_mm[0] - 8
        assert 8 < box.y < box.y + box.height < paper.size_mm[1] - 8
    assert all(5 < line.y < paper.size_mm[1] - 2 for line in sheet.lines)


def test_the_rule_for_distances_is_a_square_of_33_mm_for_each_metre():
    color = SIGHTS[0]
    for paper in Paper:
        reach = reach_m(paper.board, color)
        assert reach is not None
        assert paper.board.square_m / reach == pytest.approx(0.033, abs=0.0005)
    assert reach_m(Board.from_id("chessboard-9x6-25"), color) is None


def test_a_board_larger_than_any_paper_has_a_page_of_its_own_size():
    board = Board.from_id("charuco-10x8-150-105-DICT_5X5_100")
    assert fitting_paper(board) is None
    width, height = lay_out(board, None).size_mm
    assert (width - 1500, height - 1200) == pytest.approx((18, 26))
    with pytest.raises(UsageError, match="A1 has room for 823 × 568 mm"):
        lay_out(board, Paper.A1)


def test_a_pdf_is_of_true_size_and_names_its_parts_by_their_places():
    sheet = lay_out(Paper.A3.board, Paper.A3)
    document = draw_pdf(sheet)
    box = re.search(rb"/MediaBox \[0 0 (\S+) (\S+)\]", document)
    assert [float(each) / 72 * 25.4 for each in box.groups()] == pytest.approx((420, 297), abs=0.01)
    assert b"/PrintScaling /None" in document
    scale, height = re.search(rb"^(\S+) 0 0 -\S+ 0 (\S+) cm$", document, re.M).groups()
    assert (float(scale) * 25.4 / 72, float(height) / 72 * 25.4) == pytest.approx((1, 297), abs=1e-4)
    drawn = re.findall(rb"^(\S+) (\S+) (\S+) (\S+) re$", document, re.M)
    np.testing.assert_allclose(np.array(drawn, float), sheet.boxes, atol=1e-4)
    places = re.findall(rb"^(\d{10}) 00000 n ", document, re.M)
    begins = [match.start() for match in re.finditer(rb"^\d+ 0 obj$", document, re.M)]
    assert [int(place) for place in places] == begins
    assert document[int(re.search(rb"startxref\n(\d+)", document)[1]) :].startswith(b"xref\n")
    length, content = re.search(rb"/Length (\d+) >>\nstream\n(.*)\nendstream", document, re.S).groups()
    assert len(content) == int(length)


@pytest.mark.skipif(not BROWSER, reason="needs Chromium: apt install chromium-headless-shell")
def test_an_svg_that_a_browser_draws_is_found_and_of_true_size(tmp_path):
    sheet = lay_out(Paper.A4.board, Paper.A4)
    (tmp_path / "board.svg").write_bytes(draw_svg(sheet))
    shot = tmp_path / "board.png"
    command = [
        BROWSER, "--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={tmp_path / 'profile'}",
        "--window-size=1123,794", f"--screenshot={shot}", (tmp_path / "board.svg").as_uri(),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    image = cv2.imread(str(shot), cv2.IMREAD_GRAYSCALE)
    ids, pixels = detect(image, sheet.board)
    assert len(ids) == 15
    found_mm = (pixels + 0.5) / 96 * 25.4  # of CSS, and the page has whole ones
    np.testing.assert_allclose(found_mm - first_corner(sheet), 1000 * sheet.board.corners[:, :2], atol=0.15)
    ruler = sheet.boxes[-3]
    row = image[round((ruler.y + 0.2) / 25.4 * 96)]
    assert np.count_nonzero(
        row[: round((ruler.x + RULER_MM + 3) / 25.4 * 96)] < 140
    ) / 96 * 25.4 == pytest.approx(RULER_MM, abs=0.5)
