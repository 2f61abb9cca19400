"""Collecting a recording from a host, held against rsync and plain TLS over the same cable.

    python -m benchmarks.collecting [--seconds S] [--links 940mbit,none] [--turns N] [--json]

Two computers, made of network namespaces, and a cable that is throttled by `tc`, or not at all. A simulated
camera is recorded on one of them, and its file is fetched: by `ksync hosts collect`, by rsync over ssh, by
rsync's own protocol without encryption, and by a TLS connection that sends nothing but the file. Told is how
fast each was, from the first byte here to the whole file, in MB/s; medians. Linux, root; a way whose programs
are not installed (rsync, and for ssh openssh-server) is left out, and said to be.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from getpass import getuser
from pathlib import Path
from typing import Any

from kinect_sync.studio.folders import read_agent, read_studio
from tests.hosts.computers import STAGE, LaboratoryStudio, laboratory_studio
from tests.hosts.laboratory import why_none

HOST = "host-b"
RIG: dict[str, Any] = {
    "name": "bench",
    "topology": "standalone",
    "camera": {"depth_mode": "nfov_unbinned", "gain": 128},
    "devices": [{"name": "left", "serial": "000123456712", "role": "standalone", "host": HOST}],
}
FILE = "left.mkv"
SSHD = """
Port 7003
ListenAddress {address}
HostKey {known}
AuthorizedKeysFile {own}.pub
PasswordAuthentication no
StrictModes no
UsePAM no
PidFile none
"""
SERVE = """
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server = socket.create_server(("0.0.0.0", 7001))
print("there", flush=True)
with context.wrap_socket(server.accept()[0], server_side=True) as caller, open(sys.argv[3], "rb") as file:
    caller.sendfile(file)
"""
FETCH = """
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
context.check_hostname = False
plain = socket.create_connection((sys.argv[1], 7001))
with context.wrap_socket(plain) as peer, open(sys.argv[3], "wb") as file:
    while data := peer.recv(1 << 20):
        file.write(data)
"""


def record(studio: LaboratoryStudio, seconds: float) -> Path:
    """Record a take, and return the file on its host."""
    ended = studio.stage.run(
        "start", "rig.yaml", "--simulate", "--name", "walk", "--duration", seconds, "--max-drop-percent", 90
    )
    path = studio.hosts[HOST].folder / "takes" / "walk" / FILE
    if not path.is_file():
        raise ValueError(f"nothing was recorded: {ended.err}")
    return path


def timed(fetch: Callable[[], None], folder: Path, nbytes: int) -> float:
    """Fetch into a folder, and return MB/s from its first byte to its last."""
    before = {path.name for path in folder.iterdir()}
    worker = threading.Thread(target=fetch)
    worker.start()

    def arrived() -> int:
        new = [path for path in folder.iterdir() if path.name not in before]
        return sum(path.stat().st_size for path in new if path.exists())

    while not arrived() and worker.is_alive():
        time.sleep(0.002)
    began_s = time.monotonic()
    while arrived() < nbytes and worker.is_alive():
        time.sleep(0.002)
    took_s = time.monotonic() - began_s
    worker.join()
    if (whole := arrived()) < nbytes:
        raise ValueError(f"{whole} bytes of {nbytes} came")
    for path in folder.iterdir():
        if path.name not in before:
            path.unlink()
    return nbytes / 1e6 / took_s


# --- ways -----------------------------------------------------------------------------------------------


def by_ksync(studio: LaboratoryStudio, nbytes: int) -> float:
    def fetch() -> None:
        studio.stage.run("hosts", "collect", "takes/walk", "--quiet")

    return timed(fetch, studio.stage.folder / "takes" / "walk", nbytes)


def by_rsync(studio: LaboratoryStudio, nbytes: int) -> float:
    host, folder = studio.hosts[HOST], studio.stage.folder / "rsync"
    folder.mkdir(exist_ok=True)
    config = host.folder / "rsyncd.conf"
    config.write_text(f"uid = 0\ngid = 0\n[takes]\npath = {host.folder / 'takes'}\nuse chroot = no\n")
    daemon = studio.lab.start(HOST, ["rsync", "--daemon", "--no-detach", f"--config={config}", "--port=7002"])
    source = f"rsync://{host.address}:7002/takes/walk/{FILE}"
    try:
        return timed(lambda: rsync(studio, source, str(folder)), folder, nbytes)
    finally:
        daemon.kill()
        daemon.wait()


def by_ssh(studio: LaboratoryStudio, nbytes: int) -> float:
    """Fetch by rsync over ssh, with keys that are made for it and the cipher that ssh picks itself."""
    host, folder = studio.hosts[HOST], studio.stage.folder / "ssh"
    folder.mkdir(exist_ok=True)
    own, known = (studio.stage.folder / name for name in ("ssh-key", "ssh-host-key"))
    for key in (own, known):
        if not key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    config = host.folder / "sshd.conf"
    config.write_text(SSHD.format(address=host.address, known=known, own=own))
    Path("/run/sshd").mkdir(exist_ok=True)  # where sshd locks itself in before it knows who calls
    daemon = studio.lab.start(HOST, [str(which("sshd")), "-D", "-f", str(config)], stderr=-3)
    shell = (
        f"ssh -p 7003 -i {own} -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
    )
    source = f"{getuser()}@{host.address}:{host.folder / 'takes' / 'walk' / FILE}"
    try:
        return timed(lambda: rsync(studio, "-e", shell, source, str(folder)), folder, nbytes)
    finally:
        daemon.kill()
        daemon.wait()


def rsync(studio: LaboratoryStudio, *arguments: str) -> None:
    """Run rsync without its search for what is the same, until whoever is asked listens."""
    for _ in range(50):
        if studio.lab.start(STAGE, ["rsync", "-W", *arguments], stderr=-3).wait() == 0:
            return
        time.sleep(0.1)


def by_tls(studio: LaboratoryStudio, nbytes: int) -> float:
    host, folder = studio.hosts[HOST], studio.stage.folder / "tls"
    folder.mkdir(exist_ok=True)
    own = read_agent(host.folder / HOST).credentials
    file = host.folder / "takes" / "walk" / FILE
    serve = [sys.executable, "-c", SERVE, str(own.certificate), str(own.key), str(file)]
    server = studio.lab.start(HOST, serve, stdout=subprocess.PIPE)
    if server.stdout is None or server.stdout.readline() != b"there\n":
        raise ValueError("no TLS server")
    authority = read_studio(studio.stage.folder / "settings" / "ksync" / "studio").credentials.authority
    command = [sys.executable, "-c", FETCH, host.address, str(authority), str(folder / FILE)]
    return timed(lambda: [studio.lab.start(STAGE, command).wait()].clear(), folder, nbytes)


WAYS = {
    "ksync hosts collect": by_ksync,
    "rsync over ssh": by_ssh,
    "rsync, not encrypted": by_rsync,
    "plain TLS": by_tls,
}
PROGRAMS = {"rsync over ssh": ("rsync", "ssh", "ssh-keygen", "sshd"), "rsync, not encrypted": ("rsync",)}
"""What a way needs."""


def which(program: str) -> str | None:
    """Find a program, also those that only root has on its way."""
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")


def ways_here() -> dict[str, Callable[[LaboratoryStudio, int], float]]:
    """Return the ways whose programs are there; say which are left out."""
    lacking = {way: [each for each in PROGRAMS.get(way, ()) if which(each) is None] for way in WAYS}
    for way, programs in lacking.items():
        if programs:
            print(f"{way} is left out: {', '.join(programs)} is not installed", file=sys.stderr)
    return {way: fetch for way, fetch in WAYS.items() if not lacking[way]}


def measure(links: list[str], seconds: float, turns: int) -> dict[str, dict[str, list[float]]]:
    """Return MB/s by link and way."""
    told: dict[str, dict[str, list[float]]] = {}
    fetches = ways_here()
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        laboratory_studio(Path(folder), {HOST: 0}) as studio,
    ):
        studio.start_agent(HOST, "--simulate")
        studio.write_rig(RIG)
        nbytes = record(studio, seconds).stat().st_size
        for link in sorted(links, key=lambda link: link != "none"):
            if link != "none":
                studio.lab.throttle(HOST, link)
            ways = told[link] = {way: [] for way in fetches}
            for _ in range(turns):
                for way, fetch in fetches.items():
                    ways[way].append(fetch(studio, nbytes))
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0, help="of the take, some 50 MB each")
    parser.add_argument("--links", default="940mbit,none")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", action="store_true", dest="as_json")
    arguments = parser.parse_args()
    if (lacking := why_none()) is not None:
        sys.exit(lacking)
    told = measure(arguments.links.split(","), arguments.seconds, arguments.turns)
    if arguments.as_json:
        print(json.dumps(told, indent=2))
        return
    for link, ways in told.items():
        print(f"link: {link}")
        own = statistics.median(ways["ksync hosts collect"])
        for way, speeds in ways.items():
            median = statistics.median(speeds)
            print(f"  {way:<24}{median:8.0f} MB/s  ksync's over it {own / median:5.2f}")


if __name__ == "__main__":
    main()
