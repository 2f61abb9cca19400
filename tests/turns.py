"""In which turn the files of tests come, where workers share them: none is left to wait for in the end."""

from __future__ import annotations

from collections.abc import Sequence

import pytest


def deal(waiting: Sequence[str], computing: Sequence[str]) -> list[str]:
    """Deal files that wait for real time out among the first half of those that compute.

    So both go on at any moment; and the other half, short as they are, fill what would be an idle end.
    """
    every = len(computing) / 2 / max(len(waiting), 1)
    turns = [(place * every, 0, name) for place, name in enumerate(waiting)]
    turns += [(float(place), 1, name) for place, name in enumerate(computing)]
    return [name for *_, name in sorted(turns, key=lambda turn: turn[:2])]


def take_turns(items: list[pytest.Item]) -> None:
    """Put tests in the order in which their files are dealt; those of a file stay together, as they are.

    Of the files that wait, those with the most tests come first.
    """
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(str(item.path), []).append(item)
    waits = {name for name, held in files.items() if any(map(_waits, held))}
    waiting = sorted(waits, key=lambda name: (-sum(map(_waits, files[name])), name))
    dealt = deal(waiting, [name for name in files if name not in waits])
    items[:] = [item for name in dealt for item in files[name]]


def _waits(item: pytest.Item) -> bool:
    return item.get_closest_marker("realtime") is not None
