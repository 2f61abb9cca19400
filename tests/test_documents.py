"""The documents are true: what they tell one to run is run, what they link to exists, and more."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click
import pytest

from kinect_sync.cli.main import ksync
from kinect_sync.cli.subcommands import SUBCOMMANDS
from kinect_sync.rig.loading import parse_rig
from tests.cli.commands import SLOW
from tests.cli.crowd import Runs
from tests.documents import (
    DOCUMENTS,
    FUSE_CLOUDS,
    OTHER_PROGRAMS,
    OVER_HOSTS,
    PROGRAMS_RUN_BY,
    ROOT,
    blocks,
    follow,
    shell_environment,
    steps,
)
from tests.virtual_k4a.bench import VirtualBench, chain
from tests.virtual_k4a.fixtures import require_virtual_k4a

README = ROOT / "README.md"
COMMANDS = ROOT / "docs" / "reference" / "commands.md"
SERIALS = ("000123456712", "000234567812", "000345678912")


@dataclass(frozen=True)
class Page:
    """A document with something to run, in a folder like a clone of its own."""

    path: Path
    weight: int = 3

    @property
    def key(self) -> str:
        return self.path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "-")


PAGES = sorted(
    (
        Page(path)
        for path in DOCUMENTS
        if steps(path) and path not in (OVER_HOSTS, FUSE_CLOUDS, OTHER_PROGRAMS)
    ),
    key=lambda page: -len(steps(page.path)),
)
"""The longest come first, so that none is left to wait for in the end."""


def run(page: Page, clone: Path) -> str | None:
    """Do all that a page says, over virtual Kinects; return the first thing that was not as promised."""
    for folder in ("configs", "examples"):
        shutil.copytree(ROOT / folder, clone / folder)
    for number, step in enumerate(steps(page.path)):
        # A machine too slow for the queue of seven would lose captures, and lines would exit with 1.
        devices = [replace(device, queue=600) for device in chain(*SERIALS)]
        bench = VirtualBench(clone / "benches" / str(number), devices)
        try:
            wrong = follow(step, clone, shell_environment(clone / "bin", bench.environment()))
        except subprocess.TimeoutExpired as late:
            return str(late)
        if wrong is not None:
            return wrong
    return None


SPOILT = ("sensor_dropped", "queue_full", "incomplete", "disk-speed", "timed out after", *sorted(SLOW))
"""Words of what is not as promised where the machine was too slow."""


def strained(_page: Page, wrong: str | None) -> bool:
    """Whether the machine may have been too slow: a simulated rig does not wait for it."""
    return re.search("|".join(SPOILT), wrong or "") is not None


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs[Page, str | None]]:
    require_virtual_k4a()
    runs = Runs(PAGES, run, strained, tmp_path_factory.mktemp("documents"))
    yield runs
    runs.close()


@pytest.mark.skipif(sys.platform == "win32", reason="the examples are lines of a POSIX shell")
@pytest.mark.realtime
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
def test_what_a_document_tells_to_run_does_what_it_says(page: Page, followed: Runs[Page, str | None]) -> None:
    wrong = followed.outcome(page)
    assert wrong is None, wrong


@pytest.mark.parametrize(("document", "test"), PROGRAMS_RUN_BY.items())
def test_lines_that_are_not_run_here_are_run_by_the_test_that_is_named(document: str, test: str) -> None:
    assert blocks("python", ROOT / document)
    text = (ROOT / test).read_text(encoding="utf-8")
    assert Path(document).name in text
    assert "```python" in text or 'blocks("python"' in text


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_document_names_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = [ROOT / name for name in re.findall(r"`((?:configs|docs|benchmarks|tests)/[\w./-]+)`", text)]
    linked = [each.partition("#") for each in re.findall(r"\]\(([^)\s]+)\)", text)]
    files = [path.parent / name if name else path for name, _, _ in linked if "://" not in name]
    assert [each for each in named + files if not each.exists()] == []
    for name, _, anchor in linked:
        if anchor:
            assert anchor in anchors(path.parent / name if name else path), f"{name}#{anchor}"


def anchors(path: Path) -> set[str]:
    """The anchors that the headings of a document get."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_decisions_are_numbered_one_by_one() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        assert path.read_text(encoding="utf-8").startswith(f"# {int(path.name[:4])}. ")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_document_is_unfinished(path: Path) -> None:
    assert not re.search(r"TODO|TBD|FIXME|^[A-Z]{6,}$", path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_command_stands_in_the_reference_and_explains_itself(name: str) -> None:
    page = COMMANDS.read_text(encoding="utf-8")
    link = rf"\[`ksync {name}`\]\(#ksync-{name.replace(' ', '-')}\)"
    (codes,) = re.findall(rf"^\| {link}.* \| ([\d ]+) \|$", page, re.MULTILINE)
    command = ksync.get_command(click.Context(ksync), name)
    assert command is not None
    assert command.help
    assert [each.name for each in command.params if isinstance(each, click.Option) and not each.help] == []
    assert codes.split() == re.findall(r"(?:: |; )(\d+) ", command.epilog or ""), "its help tells them too"


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_command_is_shown_at_work(name: str) -> None:
    lines = [step.line for path in DOCUMENTS for step in steps(path)]
    assert any(re.search(rf"\bksync {name}\b", line) for line in lines)


def test_the_rigs_of_the_documents_are_valid() -> None:
    whole = [text for path in DOCUMENTS for text in blocks("yaml", path) if text.startswith("name:")]
    assert len(whole) >= 2
    for text in whole:
        assert parse_rig(text).rig.name


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").split()) < 900


def test_the_two_commands_of_the_first_minute_stand_in_the_readme() -> None:
    first, second = (block.strip() for block in blocks("sh", README)[:2])
    assert first.startswith("pip install . && ksync start configs/")
    assert "--simulate" in first
    assert second == 'pip install -e ".[dev]" && pytest'
