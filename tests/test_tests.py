"""What holds for all tests: one way to import a helper, no private name, a folder for each room."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.turns import deal

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "kinect_sync"
SOURCES = sorted(TESTS.rglob("*.py"))
HELPERS = {path.stem for path in SOURCES} | {path.name for path in TESTS.iterdir() if path.is_dir()}
BY_NAME = {"setattr", "delattr", "getattr", "hasattr"}
"""Functions, and methods of `monkeypatch`, that take the name of an attribute after its owner."""
PYK4A = {"_start_cameras", "_stop_cameras", "_set_color_control", "_get_color_control", "_device_handle",
         "_calibration"}  # fmt: skip
"""What pyk4a calls private and gives no other way to."""
NO_ROOM = {"golden", "virtual_k4a"}
"""Folders of tests that are about the whole command, and what many tests need."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in PYK4A


def private_names(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """The private names that a test takes from elsewhere."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            yield from (each.name for each in node.names if is_private(each.name))
        elif isinstance(node, ast.Attribute) and is_private(node.attr):
            if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
                yield ast.unparse(node)
        elif isinstance(node, ast.Call):
            yield from _named_in(node)


def _named_in(call: ast.Call) -> Iterator[str]:
    """The private names that a call of `setattr` and the like names in a string."""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name in BY_NAME:
        words = [each.value for each in call.args[:2] if isinstance(each, ast.Constant)]
        yield from (word for word in map(str, words) if is_private(word.rpartition(".")[2]))


def short_imports(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Imports of a helper that do not begin with `tests.`."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name.split(".")[0] in {"tests", *HELPERS})
        elif isinstance(node, ast.ImportFrom) and (node.level or str(node.module).split(".")[0] in HELPERS):
            yield "." * node.level + str(node.module)


def test_tests_import_helpers_in_one_way_and_nothing_private() -> None:
    read = {path.name: list(ast.walk(ast.parse(path.read_text(encoding="utf-8")))) for path in SOURCES}
    found = {name: [*private_names(nodes), *short_imports(nodes)] for name, nodes in read.items()}
    assert {name: names for name, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("line", "private", "short"),
    [
        ("from kinect_sync.takes import mkv", [], []),
        ("from kinect_sync.cli.start import _plan", ["_plan"], []),
        ("writer._file.close()", ["writer._file"], []),
        ("self._file.close()", [], []),
        ("kinect._start_cameras()", [], []),
        ("monkeypatch.setattr(sdk, '_installed', None)", ["_installed"], []),
        ("monkeypatch.setattr('kinect_sync.cli.start._plan', None)", ["kinect_sync.cli.start._plan"], []),
        ("getattr(rig, '__dict__')", [], []),
        ("from tests.review.sets import LEFT", [], []),
        ("from review.sets import LEFT", [], ["review.sets"]),
        ("from sets import LEFT", [], ["sets"]),
        ("from .sets import LEFT", [], [".sets"]),
        ("import tests.review.sets", [], ["tests.review.sets"]),
    ],
)
def test_such_a_line_is_found(line: str, private: list[str], short: list[str]) -> None:
    nodes = list(ast.walk(ast.parse(line)))
    assert (list(private_names(nodes)), list(short_imports(nodes))) == (private, short)


def test_each_room_has_its_folder_of_tests() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    folders = {path.name for path in TESTS.iterdir() if any(path.glob("*.py"))}
    assert folders - NO_ROOM == rooms


@pytest.mark.parametrize(
    ("waiting", "computing", "dealt"),
    [
        ("AB", "cdefghij", "AcdBefghij"),
        ("ABCD", "ef", "AeBCDf"),
        ("", "ab", "ab"),
        ("AB", "", "AB"),
    ],
)
def test_files_that_wait_are_dealt_out_and_none_is_waited_for_in_the_end(
    waiting: str, computing: str, dealt: str
) -> None:
    assert "".join(deal(waiting, computing)) == dealt


def test_tests_of_a_file_stay_together_in_their_order(request: pytest.FixtureRequest) -> None:
    """They share what their file made, and workers get whole files."""
    asked = [item for item in request.session.items if item.path == Path(__file__)]
    ends = [request.session.items.index(item) for item in (asked[0], asked[-1])]
    assert request.session.items[ends[0] : ends[1] + 1] == asked
    assert [item.name for item in asked][-1] == request.node.name
