"""A sheet as PDF: one page of rectangles and text needs no library, and is exact.

Six objects after PDF 1.4 (ISO 32000-1, 7.5): the catalog asks viewers to print without scaling, and the page
counts in millimetres from its upper left corner. Helvetica is one of the fonts that every reader has.
"""

from __future__ import annotations

from typing import Final

from kinect_sync.calibration.printing.sheet import TEXT_MM, Line, Sheet

_POINTS_PER_MM: Final = 72 / 25.4


def draw_pdf(sheet: Sheet) -> bytes:
    """Return the sheet as a PDF document of one page of its true size."""
    width, height = (f"{each * _POINTS_PER_MM:.5f}" for each in sheet.size_mm)
    content = _content(sheet)
    return _document([
        b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R "
        "/Resources << /Font << /F 5 0 R >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({_escaped(sheet.board.id)}) /Creator (ksync) >>".encode(),
    ])  # fmt: skip


def _content(sheet: Sheet) -> bytes:
    """All black is one path, so that no seams show between its parts."""
    scale, height = f"{_POINTS_PER_MM:.9f}", sheet.size_mm[1] * _POINTS_PER_MM
    boxes = [f"{box.x:.4f} {box.y:.4f} {box.width:.4f} {box.height:.4f} re" for box in sheet.boxes]
    return "\n".join([
        f"{scale} 0 0 -{scale} 0 {height:.5f} cm", "0 g", *boxes, "f", *map(_text, sheet.lines)
    ]).encode("cp1252")  # fmt: skip


def _text(line: Line) -> str:
    return f"BT /F {TEXT_MM} Tf 1 0 0 -1 {line.x:.4f} {line.y:.4f} Tm ({_escaped(line.text)}) Tj ET"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _document(objects: list[bytes]) -> bytes:
    """Put objects one after another, and a table of where each begins."""
    parts, places = [b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"], []
    for number, each in enumerate(objects, 1):
        places.append(sum(map(len, parts)))
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, each))
    begins = sum(map(len, parts))
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    parts += [
        b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, rows),
        b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(objects) + 1, len(objects)),
        b"startxref\n%d\n%%%%EOF\n" % begins,
    ]
    return b"".join(parts)
