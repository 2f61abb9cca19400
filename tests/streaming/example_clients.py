"""The clients in `examples/`: Python's as a module, C's compiled, JavaScript's where there is node."""

from __future__ import annotations

import importlib.util
import io
import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@lru_cache(maxsize=1)
def python_client() -> ModuleType:
    """`examples/rows.py`, which reads what the tests look at."""
    spec = importlib.util.spec_from_file_location("example_rows", EXAMPLES / "rows.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_back(parts: Any) -> tuple[dict[str, Any], bytes]:
    """A message as a client reads it: its head and its payload."""
    stream = io.BytesIO(b"".join(parts))
    head, payload = python_client().read_message(stream)
    assert stream.read() == b""
    return head, bytes(payload)


def python_command() -> list[str]:
    return [sys.executable, str(EXAMPLES / "rows.py")]


def c_command(folder: Path) -> list[str]:
    """Compile `examples/rows.c`; the test is skipped where that can't be."""
    compiler = os.environ.get("CC") or shutil.which("cc")
    if compiler is None or sys.platform == "win32":
        pytest.skip("the client in C needs a C compiler and POSIX sockets")
    program = folder / "rows"
    options = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([compiler, *options, "-o", str(program), str(EXAMPLES / "rows.c")], check=True)
    return [str(program)]


def javascript_command() -> list[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("the client in JavaScript needs node")
    return [node, str(EXAMPLES / "rows.js")]
