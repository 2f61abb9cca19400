"""The folder of a user's studio is the same for the command line and for programs."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest

from kinect_sync.studio.own_folder import app_folder, studio_folder


def test_the_folder_is_where_click_puts_a_programs_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KSYNC_STUDIO", raising=False)
    for settings in (None, "/srv/settings"):
        if settings is None:
            monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
        elif sys.platform != "win32":
            monkeypatch.setenv("XDG_CONFIG_HOME", settings)
        assert app_folder() == Path(click.get_app_dir("ksync", roaming=False))
        assert studio_folder() == app_folder() / "studio"


def test_the_environment_may_name_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KSYNC_STUDIO", "/srv/studio")
    assert studio_folder() == Path("/srv/studio")
