"""What `import kinect_sync` gives: names that load when they are used, and nothing of the command line."""

from __future__ import annotations

import subprocess
import sys

import pytest

import kinect_sync as ks
from docs.python_page import SECTIONS
from tests.cli.commands import ROOT

HEAVY = ("numpy", "pydantic", "PIL", "ruamel", "typing", "asyncio", "multiprocessing", "subprocess")


def modules_after(program: str) -> set[str]:
    """Return what a fresh interpreter has loaded by a program, beside what it loads anyway."""
    look = f"import sys; before = set(sys.modules); {program}; print(*(set(sys.modules) - before))"
    command = [sys.executable, "-S", "-c", look]
    return set(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.split())


def test_importing_it_loads_nothing_but_the_door() -> None:
    loaded = modules_after("import kinect_sync")
    assert {each for each in loaded if each.startswith("kinect_sync")} == {
        "kinect_sync",
        "kinect_sync.version",
    }
    assert loaded.isdisjoint(HEAVY)


def test_a_name_loads_its_own_home_alone() -> None:
    look = "import kinect_sync as ks; ks.load_rig; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert {"numpy", "PIL", "click", "rich", "kinect_sync.director"}.isdisjoint(done.stdout.split())


@pytest.mark.parametrize("name", [name for name in ks.__all__ if name != "__version__"])
def test_each_name_is_there_and_says_what_it_is_for(name: str) -> None:
    assert name in dir(ks)
    assert getattr(ks, name).__doc__


def test_each_name_has_its_place_in_the_reference() -> None:
    told = [name for section in SECTIONS for name in section.names]
    assert sorted(told) == sorted(set(ks.__all__) - {"__version__"})


def test_another_name_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(ks, "nothing")  # noqa: B009 - as somebody without a type checker asks


def test_star_gives_all_of_it() -> None:
    given: dict[str, object] = {}
    exec("from kinect_sync import *", given)
    assert set(ks.__all__) <= set(given)
