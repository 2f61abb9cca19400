"""What of OpenGL and X11 is here, which the depth engine needs; nothing of it is started."""

from __future__ import annotations

import re

from kinect_sync.host.view import Host

LIBRARY_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu",
    "/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/lib64",
    "/usr/lib",
    "/usr/local/lib",
)
ENGINE_NEEDS = ("libGL.so.1", "libX11.so.6")
"""What `libdepthengine.so.2.0` is linked to."""
GPU_NODES = ("/dev/dri", "/dev/nvidia0", "/dev/nvhost-gpu")


def find_library(host: Host, library: str) -> str | None:
    """Return where the loader would find a library; None where it would not."""
    cached = host.run(("/sbin/ldconfig", "-p")) or ""
    found = re.search(rf"^\s*{re.escape(library)} \(.*\) => (\S+)$", cached, re.MULTILINE)
    if found:
        return found[1]
    own = [folder for folder in host.environment.get("LD_LIBRARY_PATH", "").split(":") if folder]
    places = (f"{folder.rstrip('/')}/{library}" for folder in (*own, *LIBRARY_FOLDERS))
    return next((place for place in places if host.exists(place)), None)


def find_gpu(host: Host) -> str | None:
    """Return the node of a graphics device; None where there is none."""
    return next((node for node in GPU_NODES if host.exists(node)), None)


def serves_display(host: Host, number: str) -> bool:
    """Tell whether an X server listens for the display `:number`: its socket is a file, or a name alone."""
    socket = f"/tmp/.X11-unix/X{number}"
    if host.exists(socket):
        return True
    try:
        return re.search(rf"@{re.escape(socket)}$", host.read("/proc/net/unix"), re.MULTILINE) is not None
    except OSError:
        return False
