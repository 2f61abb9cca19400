"""Who wants to direct and may not, with Zenoh's own means: what it saw, and what it was answered."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zenoh

from kinect_sync.network.keys import ask_key
from kinect_sync.network.settings import director_settings
from kinect_sync.steady import steady_s
from kinect_sync.studio.folders import Credentials, StudioFolder
from kinect_sync.wire.hosts import Describe, Envelope

Settings = dict[str, Any]
DESCRIBE = Envelope(request=Describe()).model_dump_json().encode()


@dataclass(frozen=True)
class Catch:
    """What an intruder got."""

    tokens: int
    replies: int


def as_director(folder: StudioFolder, shown: Credentials | None, *, protocol: str = "tls") -> Settings:
    """What a director's session is opened with, but for the certificate that it shows, and whom it trusts."""
    settings = director_settings(folder, folder.studio.hosts)
    del settings["access_control"]
    link = settings["transport"]["link"]
    link["protocols"] = [protocol]
    settings["connect"]["endpoints"] = [f"{protocol}/{each}" for each in folder.studio.hosts.values()]
    tls = link["tls"]
    if shown is None:
        tls["enable_mtls"] = False
        del tls["connect_certificate"], tls["connect_private_key"]
    else:
        tls["root_ca_certificate"] = str(shown.authority)
        tls["connect_certificate"], tls["connect_private_key"] = str(shown.certificate), str(shown.key)
    return settings


@contextmanager
def session(settings: Settings) -> Iterator[zenoh.Session]:
    with zenoh.open(zenoh.Config.from_json5(json.dumps(settings))) as opened:
        yield opened


def pry(opened: zenoh.Session, studio: str, host: str, message: bytes, patience_s: float) -> Catch:
    """Look for every token, as long as it may take one to come, and ask a host.

    Zenoh's own question for tokens is not used: it returns none now and then where there are some.
    """
    seen, came = set(), threading.Event()

    def see(sample: zenoh.Sample) -> None:
        if sample.kind == zenoh.SampleKind.PUT:
            seen.add(str(sample.key_expr))
            came.set()

    def ask() -> list[zenoh.Reply]:
        replies = opened.get(ask_key(studio, host), payload=message, timeout=1.0)
        return [reply for reply in replies if reply.ok is not None]

    tokens = opened.liveliness().declare_subscriber("ksync/**", see, history=True)
    until_s = steady_s() + patience_s
    came.wait(patience_s)
    while not (replies := ask()) and seen and steady_s() < until_s:
        time.sleep(0.02)  # an agent is seen some milliseconds before it can be asked
    tokens.undeclare()
    return Catch(len(seen), len(replies))


def copied(credentials: Credentials, folder: Path, authority: Path) -> Credentials:
    """The same certificate, of somebody who trusts another authority."""
    folder.mkdir()
    for path in (credentials.certificate, credentials.key):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "ca.pem").write_bytes(authority.read_bytes())
    return Credentials(
        folder / "ca.pem", folder / credentials.certificate.name, folder / credentials.key.name
    )
