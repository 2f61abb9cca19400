"""The page of all commands, from what they say of themselves to click."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc

import click

from kinect_sync.cli.main import ksync
from kinect_sync.cli.subcommands import SECTIONS

_INTRODUCTION = """# Commands

Every command explains itself with `--help`; this page is made of that. `RIG` is the path of a rig file, or
`-` for stdin. A `TAKE` is the folder of one recording. Results go to stdout, talk to stderr; `--json` prints
one report on stdout and nothing else. `NO_COLOR` is respected. What the exit codes have in common is told in
[Exit codes](exit-codes.md).
"""


def command_page() -> str:
    """Return the page: a table of all commands, in the order of a day, and each by itself."""
    rows = ["| command | does | exit codes |", "|---|---|---|"]
    parts = []
    for heading, subcommands in SECTIONS.items():
        parts.append(f"## {heading}\n")
        for name, subcommand in subcommands.items():
            command = _command(name)
            codes = " ".join(code for code, _ in _exit_codes(command))
            does = subcommand.summary.rstrip(".")
            anchor = name.replace(" ", "-")
            rows.append(f"| [`ksync {name}`](#ksync-{anchor}){_arguments(command)} | {does} | {codes} |")
            parts.append(_section(name, command))
    return "\n".join([_INTRODUCTION, *rows, "", *parts])


def _command(name: str) -> click.Command:
    command = ksync.get_command(click.Context(ksync), name)
    if command is None:
        raise KeyError(name)
    return command


def _arguments(command: click.Command) -> str:
    """Return what follows the name; a bar in code would be told from the table's by no two readers alike."""
    names = [each.metavar or "" for each in command.params if isinstance(each, click.Argument)]
    return "".join(f" {_words(name)}" for name in names)


def _words(choices: str) -> str:
    return " or ".join(f"`{each}`" for each in choices.split("|"))


def _section(name: str, command: click.Command) -> str:
    lines = [f"### ksync {name}\n", f"{_paragraphs(command.help or '')}\n"]
    options = [each for each in command.params if isinstance(each, click.Option)]
    if options:
        lines += ["| option | |", "|---|---|", *map(_row, options), ""]
    lines += [
        "| exit code | |",
        "|---|---|",
        *(f"| {code} | {means} |" for code, means in _exit_codes(command)),
    ]
    return "\n".join([*lines, ""])


def _paragraphs(text: str) -> str:
    return "\n\n".join(paragraph.replace("\n", " ") for paragraph in cleandoc(text).split("\n\n"))


def _row(option: click.Option) -> str:
    metavar = option.metavar or ""
    if isinstance(option.type, click.Choice):
        metavar = "|".join(option.type.choices)
    names = ", ".join(f"`{name}`" for name in option.opts) + (f" {_words(metavar)}" if metavar else "")
    more = "; ".join(_limits(option))
    return f"| {names} | {option.help}{f' ({more})' if more else ''} |"


def _limits(option: click.Option) -> Iterator[str]:
    """Yield what a value is by default, and what it may be; click's own words change with its version."""
    if isinstance(option.show_default, str):
        yield f"default: {option.show_default}"
    elif option.show_default:
        yield f"default: `{option.default}`"
    limits = option.type
    if isinstance(limits, click.FloatRange | click.IntRange):
        if limits.min is not None and (limits.min, limits.min_open) != (0, False):
            yield f"{'more than' if limits.min_open else 'at least'} {limits.min}"
        if limits.max is not None:
            yield f"at most {limits.max}"


def _exit_codes(command: click.Command) -> list[tuple[str, str]]:
    """Return each exit code, and what it says: `Exit codes: 0 written; 2 usage.`"""
    told = re.sub(r"^Exit codes: |\.$", "", command.epilog or "Exit codes: 0 done; 2 usage.")
    codes = re.split(r"; (?=\d+ )", told)
    return [(code, means) for code, _, means in (each.partition(" ") for each in codes)]
