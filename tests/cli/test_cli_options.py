"""Options that several commands take: one name has one meaning, and is told in one way."""

from __future__ import annotations

from collections import defaultdict

import click
import pytest

from kinect_sync.cli import main
from kinect_sync.cli.options import Number, Whole
from kinect_sync.cli.subcommands import SUBCOMMANDS

OWN = {
    "--board": "`calibrate` names what was carried, `start` and `view` what their page looks for",
    "--list": "`board` lists boards, `selftest` its steps",
    "--output": "what is written, and where without it, is each command's own",
    "--port": "`hosts add` names that of an agent, `view` that of a page",
    "--simulate": "`init` has no RIG to simulate and takes it here",
    "--view": "`fuse` shows depth as a camera sees it, `start` the take as a viewer does",
}


def options() -> list[tuple[str, click.Option]]:
    """Every option of every command, with the command's name."""
    commands = {name: main.ksync.get_command(click.Context(main.ksync), name) for name in SUBCOMMANDS}
    return [
        (name, option)
        for name, command in commands.items()
        for option in (command.params if command else ())
        if isinstance(option, click.Option)
    ]


def test_an_option_reads_the_same_wherever_it_is_taken() -> None:
    told = defaultdict(set)
    for _, option in options():
        for name in set(option.opts) - set(OWN) - {"-o"}:
            told[name].add((option.help, option.metavar, tuple(option.opts), option.is_flag))
    del told["--duration"]  # asserted below: `verify` also takes its older name
    assert {name: texts for name, texts in told.items() if len(texts) > 1} == {}
    assert set(OWN) <= {name for _, option in options() for name in option.opts}


def test_what_runs_devices_for_a_time_is_told_so_in_one_way() -> None:
    durations = {command: option for command, option in options() if "--duration" in option.opts}
    assert {command: option.opts for command, option in durations.items()} == {
        "start": ["--duration"],
        "stream": ["--duration"],
        "verify": ["--duration", "--seconds"],
        "view": ["--duration"],
    }
    assert len({(option.help, option.metavar) for option in durations.values()}) == 1


def test_every_option_has_a_text_that_is_a_sentence() -> None:
    assert [
        (command, option.opts) for command, option in options() if not (option.help or "").endswith(".")
    ] == []


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e400", "1e308"])
@pytest.mark.parametrize(
    "line",
    [
        ("start", "rig.yaml", "--duration"),
        ("start", "rig.yaml", "--max-drop-percent"),
        ("start", "rig.yaml", "--trigger-timeout"),
        ("inspect", "takes", "--max-drop-percent"),
        ("verify", "rig.yaml", "--seconds"),
        ("verify", "rig.yaml", "--tolerance-us"),
        ("verify", "rig.yaml", "--trigger-timeout"),
        ("check-jacks", "--watch", "--timeout"),
    ],
)
def test_what_is_no_number_is_refused(
    line: tuple[str, ...], value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run([*line, value]) == 2
    assert line[-1] in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        ("start", "rig.yaml", "--captures"),
        ("start", "rig.yaml", "--min-free"),
        ("export", "takes", "--stop"),
        ("plan-offsets", "rig.yaml", "--min-gap-us"),
    ],
)
def test_what_nobody_could_count_is_refused(
    line: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run([*line, "1" + 400 * "0"]) == 2
    assert line[-1] in capsys.readouterr().err


def test_every_number_is_of_a_type_that_knows_what_a_number_is() -> None:
    plain = (click.FloatRange, click.IntRange, click.types.FloatParamType, click.types.IntParamType)
    assert [
        (command, each.opts)
        for command, each in options()
        if isinstance(each.type, plain) and not isinstance(each.type, Number | Whole)
    ] == []
