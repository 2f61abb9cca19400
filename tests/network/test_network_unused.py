"""A rig on one computer neither opens a socket nor loads what only several hosts need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import CONFIGS, PATIENCE_S, ROOT

ONLY_FOR_HOSTS = ("zenoh", "cryptography", "kinect_sync.network")
PROGRAM = f"""
import json, sys
sockets = []
sys.addaudithook(lambda event, args: sockets.append(event) if event.startswith("socket.") else None)
from kinect_sync.cli.main import run
code = run(sys.argv[1:])
loaded = [name for name in sys.modules if name.startswith({ONLY_FOR_HOSTS!r})]
print(json.dumps([code, sockets, loaded]), file=sys.stderr)
"""


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (("validate", "rig.yaml"), 0),
        (("devices", "rig.yaml", "--simulate"), 0),
        (("start", "rig.yaml", "--simulate", "--captures", "5", "--max-drop-percent", "100", "--json"), 0),
        (("inspect", "takes"), 2),
        (("schema", "studio"), 0),
    ],
)
def test_a_rig_on_one_computer_needs_no_network(line: tuple[str, ...], expected: int, tmp_path: Path) -> None:
    (tmp_path / "rig.yaml").write_bytes((CONFIGS / "standalone.yaml").read_bytes())
    (tmp_path / "takes").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *line], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, timeout=PATIENCE_S, check=True,
    )  # fmt: skip
    code, sockets, loaded = json.loads(done.stderr.splitlines()[-1])
    assert (code, sockets, loaded) == (expected, [], []), done.stderr
