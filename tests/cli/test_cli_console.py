"""What is printed: text as it stands, and nothing in it that a terminal would obey."""

from __future__ import annotations

import io
import json

import pytest
from rich.table import Table
from rich.text import Text

from kinect_sync.cli.console import PlainConsole
from kinect_sync.cli.saying import safe, say_json

HOSTILE = "[bold]a[/bold] :smile: \x1b[2J\x9b31m\u202eb\udcff"
SHOWN = r"[bold]a[/bold] :smile: \x1b[2J\x9b31m\u202eb\udcff"


@pytest.mark.parametrize("renderable", [HOSTILE, Text(HOSTILE)])
def test_rich_prints_text_as_it_stands(renderable: str | Text) -> None:
    stream = io.StringIO()
    console = PlainConsole(file=stream, width=200, force_terminal=True, color_system=None)
    table = Table(box=None)
    table.add_column("heading")
    table.add_row(renderable)
    console.print(renderable)
    console.print(table)
    assert SHOWN in stream.getvalue()
    assert "\x9b" not in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue()


def test_colors_and_what_moves_the_cursor_stay_richs_own() -> None:
    stream = io.StringIO()
    console = PlainConsole(file=stream, force_terminal=True, color_system="standard")
    console.print(Text("good", style="green"))
    console.clear()
    assert "\x1b[32mgood\x1b[0m" in stream.getvalue()
    assert "\x1b[2J" in stream.getvalue()


def test_lines_stay_lines_and_spaces_stay_spaces() -> None:
    assert safe("a\nb\r\n\tc\u3000d") == "a\nb\\r\n\\tc\u3000d"


def test_json_is_as_before_to_whoever_reads_it(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"name": 'ä東\u3000"\\ \x9b\u202e\U000e0001'}
    say_json(json.dumps(value, ensure_ascii=False, indent=2))
    out = capsys.readouterr().out
    assert json.loads(out) == value
    assert r"ä東" in out
    assert r"\u009b\u202e\udb40\udc01" in out
