"""A session of Zenoh, opened with settings of ours."""

from __future__ import annotations

import json

import zenoh

from kinect_sync.network.settings import Settings


def open_session(settings: Settings) -> zenoh.Session:
    """Open a session; whoever opens it closes it, or its process hangs at its end. Raises zenoh.ZError."""
    return zenoh.open(zenoh.Config.from_json5(json.dumps(settings)))
