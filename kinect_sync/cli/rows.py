"""Rows of text: a table where it fits, else a line or more per row, of which no letter is lost."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

Cell = str | Text


def lay_out(headings: Sequence[str], rows: Sequence[Sequence[Cell]], console: Console) -> Table | Group:
    """Lay rows out for a console: as a table, or, where that is too wide, as `heading value, …` lines.

    A column that is empty in every row is left out.
    """
    used = [at for at in range(len(headings)) if any(_text(row[at]).plain for row in rows)]
    headings, rows = [headings[at] for at in used], [[row[at] for at in used] for row in rows]
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    unbounded = console.options.update(width=10_000)
    if Measurement.get(console, unbounded, table).maximum <= console.width:
        return table
    return Group(*(_line(headings, row) for row in rows))


def show_rows(headings: Sequence[str], rows: Sequence[Sequence[Cell]], console: Console) -> None:
    """Print rows; nothing where there are none."""
    if rows:
        console.print(lay_out(headings, rows, console))


def _line(headings: Sequence[str], row: Sequence[Cell]) -> Text:
    """Write a row as `first: heading value, heading value`; empty cells are left out."""
    line = Text(overflow="fold")
    line.append_text(Text.assemble((_text(row[0]).plain, "bold"), ": "))
    told = [(heading, _text(cell)) for heading, cell in zip(headings[1:], row[1:], strict=True)]
    parts = [Text.assemble(f"{heading} ", cell) for heading, cell in told if cell.plain]
    return line.append_text(Text(", ").join(parts))


def _text(cell: Cell) -> Text:
    return Text(cell) if isinstance(cell, str) else cell
