"""Programs that use the library, each in an interpreter of its own: what tests have loaded is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cli.commands import Command, Ended, ksync

_STRICT = ("-W", "error::ResourceWarning", "-c")


@contextmanager
def program(source: str, *arguments: object, **options: Any) -> Iterator[Command]:
    """Run a program within the context; files that it leaves open are told on its stderr."""
    with ksync(*arguments, program=(*_STRICT, source), **options) as command:
        yield command


def run_program(source: str, *arguments: object) -> Ended:
    """Run a program to its end."""
    with program(source, *arguments) as command:
        return command.finish()


def run_file(path: Path, *arguments: object) -> Ended:
    """Run a program that stands in a file to its end, as whatever it starts reads the file anew."""
    with ksync(*arguments, program=(str(path),)) as command:
        return command.finish()
