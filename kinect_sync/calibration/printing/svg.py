"""A sheet as SVG, in millimetres."""

from __future__ import annotations

from html import escape

from kinect_sync.calibration.printing.sheet import TEXT_MM, Sheet


def draw_svg(sheet: Sheet) -> bytes:
    """Return the sheet as an SVG image of its true size; all black is one path, so that no seams show."""
    width, height = (f"{each:g}" for each in sheet.size_mm)
    path = "".join(
        f"M{box.x:.4f} {box.y:.4f}h{box.width:.4f}v{box.height:.4f}h{-box.width:.4f}z" for box in sheet.boxes
    )
    texts = [f'<text x="{line.x:.4f}" y="{line.y:.4f}">{escape(line.text)}</text>' for line in sheet.lines]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}">',
        f"<title>{escape(sheet.board.id)}</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<path d="{path}" fill="black"/>',
        f'<g font-family="Helvetica, Arial, sans-serif" font-size="{TEXT_MM}">{"".join(texts)}</g>',
        "</svg>",
    ]
    return "\n".join([*lines, ""]).encode()
