"""Rig files for tests, as text: a good one, and a way to break it."""

from __future__ import annotations

from textwrap import dedent

GOOD = dedent("""\
    name: studio
    topology: daisy_chain
    camera:
      color_resolution: 720p
      color_format: mjpg
      depth_mode: nfov_unbinned
      fps: 30
      exposure_us: 8330
      gain: 128
    devices:
      - name: front
        serial: "000123456712"
        role: master
      - name: left
        serial: "000234567812"
        role: subordinate
        depth_delay_off_color_usec: 200
      - name: right
        serial: "000345678912"
        role: subordinate
        subordinate_delay_off_master_usec: 0
    """)


def broken(*changes: tuple[str, str], text: str = GOOD) -> str:
    """Replace pieces of a rig file, each of which must be there exactly once."""
    for old, new in changes:
        if text.count(old) != 1:
            raise ValueError(f"{old!r} stands {text.count(old)} times in the rig file")
        text = text.replace(old, new)
    return text


def line_of(text: str, piece: str) -> int:
    """Return the line, from 1, of the only place where a piece stands."""
    lines = [number for number, line in enumerate(text.splitlines(), 1) if piece in line]
    if len(lines) != 1:
        raise ValueError(f"{piece!r} stands on {len(lines)} lines")
    return lines[0]
