"""What `ksync` can do, in the order of an operator's day: where each subcommand is, and its line of help."""

from __future__ import annotations

from typing import NamedTuple


class Subcommand(NamedTuple):
    """Where a subcommand is, and what it does in one line."""

    target: str
    """`module:attribute`, below `kinect_sync.cli`."""
    summary: str
    """The line that stands in `ksync --help`."""


SECTIONS = {
    "Describe the rig": {
        "init": Subcommand("init:init", "Write a rig file for what is connected."),
        "validate": Subcommand("validate:validate", "Check a rig file; print what follows from it."),
        "schema": Subcommand("schema:schema", "Print the JSON Schema of the rig file, or of a report."),
        "plan-offsets": Subcommand("plan_offsets:plan_offsets", "Plan delays with which no lasers meet."),
    },
    "Check the bench": {
        "devices": Subcommand("devices:devices", "List the connected devices."),
        "check-jacks": Subcommand("check_jacks:check_jacks", "Check the sync cables by their plugs."),
        "verify": Subcommand("verify:verify", "Prove for a few seconds that the rig is in sync."),
        "doctor": Subcommand("doctor:doctor", "Check computer, USB and cameras for what breaks takes."),
        "selftest": Subcommand("selftest:selftest", "Learn in twenty steps what the cameras really do."),
    },
    "Share the rig over several hosts": {
        "hosts init": Subcommand("hosts:init_studio", "Make a studio: who it is that hosts obey."),
        "hosts add": Subcommand("hosts:add", "Make the folder that a host needs to belong to the studio."),
        "hosts list": Subcommand("hosts_list:list_", "Tell which hosts answer, and what each has and does."),
        "hosts end": Subcommand("hosts_end:end", "End a take that hosts record on without a director."),
        "hosts remove": Subcommand("hosts:remove", "Let a host belong to the studio no more."),
        "agent": Subcommand("agent:agent", "Lend this computer's devices to the studio."),
    },
    "Record": {
        "start": Subcommand("start:start", "Record a synchronized take."),
        "stream": Subcommand("stream:stream", "Give the rows of a rig to programs while they happen."),
        "view": Subcommand("view:view", "Show a rig or a take on a page in a browser."),
        "hosts collect": Subcommand("collect:collect", "Bring the files of a take from its hosts."),
    },
    "Calibrate the rig": {
        "board": Subcommand("board:board", "Draw the board that is walked through a rig, for a printer."),
    },
    "Review the take": {
        "inspect": Subcommand("inspect:inspect", "Tell whether recordings line up, and what is odd."),
        "repair": Subcommand("repair:repair", "Complete recordings that a dead recorder left."),
        "export": Subcommand("export:export", "Export the images of a take as files."),
        "report": Subcommand("report:report", "Draw a take as a page to look at."),
    },
    "Keep the take": {
        "archive": Subcommand("archive:archive", "Pack a take without loss for years, and prove it."),
        "restore": Subcommand("restore:restore", "Bring back the files that an archive was made of."),
    },
    "Make one camera of the rig": {
        "calibrate": Subcommand("calibrate:calibrate", "Tell where cameras are, by a walk with a board."),
        "fuse": Subcommand("fuse:fuse", "Make one cloud of all devices of a calibrated rig."),
    },
}
"""The subcommands by what one has in hand: first nothing but cameras, last a take."""

GROUPS = {"hosts": "Rigs whose cameras are connected to several computers."}
"""What the subcommands have in common whose names begin with the same word."""

SUBCOMMANDS = {name: each for section in SECTIONS.values() for name, each in section.items()}
