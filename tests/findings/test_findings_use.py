"""The package knows findings by their kinds: no code stands in it as a string, and no kind is left over."""

import ast
from collections.abc import Iterator
from pathlib import Path

import kinect_sync
from kinect_sync.doctor.registry import check_modules
from kinect_sync.findings import KINDS

PACKAGE = Path(kinect_sync.__file__).parent
check_modules()  # declares what the doctor finds
CODES = {code for code in KINDS if "-" in code}
"""Codes of one word, such as `memory`, are words of everything else too."""


def used_nodes() -> Iterator[tuple[str, ast.AST]]:
    """Yield every node of the package but its catalog, with its place."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        if not place.startswith("findings/"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield f"{place}:{getattr(node, 'lineno', 0)}", node


NODES = tuple(used_nodes())
CHECKS = "doctor/checks/"
"""What only a check of the doctor finds is declared beside it."""


def test_no_finding_is_made_but_by_its_kind() -> None:
    made = [place for place, node in NODES if isinstance(node, ast.Call) and is_named(node.func, "Finding")]
    assert made == []


def test_no_code_stands_as_a_string() -> None:
    told = [place for place, node in NODES if isinstance(node, ast.Constant) and node.value in CODES]
    assert [place for place in told if not place.startswith(CHECKS)] == []


def test_nothing_branches_on_a_code() -> None:
    compared = [
        place
        for place, node in NODES
        if isinstance(node, ast.Compare)
        and any(
            isinstance(each, ast.Attribute) and each.attr == "code" for each in (node.left, *node.comparators)
        )
    ]
    assert compared == []


def test_every_kind_is_used() -> None:
    names = {node.id for _, node in NODES if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    assert {code for code in KINDS if code.upper().replace("-", "_") not in names} == set()


def is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
