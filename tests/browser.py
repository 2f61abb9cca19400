"""A real browser without a screen, for pages that ksync makes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")
BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), "")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
    "--allow-file-access-from-files", "--enable-logging=stderr",
)  # fmt: skip
NEEDS_BROWSER = pytest.mark.skipif(not BROWSER, reason="needs Chromium: apt install chromium-headless-shell")


def open_in_browser(address: str, profile: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Open a page with a profile of its own; what its console says is in stderr."""
    command = [BROWSER, *FLAGS, f"--user-data-dir={profile}", *flags, address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    shutil.rmtree(profile, ignore_errors=True)
    assert done.returncode == 0, done.stderr
    return done
