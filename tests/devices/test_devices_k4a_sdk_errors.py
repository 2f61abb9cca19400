"""What the Kinect adapter says when something is wrong; needs neither pyk4a nor a device."""

from __future__ import annotations

import os
import re
import string
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import kinect_sync.devices.k4a
from kinect_sync.devices.k4a import KinectBench, sdk
from kinect_sync.devices.k4a.diagnosis import explain_refusal
from kinect_sync.devices.k4a.sdk_errors import TROUBLES, describe, error
from kinect_sync.errors import SdkMissing
from kinect_sync.findings import Kind
from kinect_sync.findings.bench import JACKS_UNREADABLE
from kinect_sync.readings import Jacks
from tests.devices.k4a_programs import MASTER, settings

SOURCES = Path(kinect_sync.devices.k4a.__file__).parent


def test_importing_the_adapter_imports_no_pyk4a() -> None:
    program = (
        "import sys, kinect_sync.devices.k4a; sys.exit('pyk4a' in sys.modules or 'k4a_module' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=SOURCES.parents[2])


def test_the_sdks_log_stays_out_of_stdout() -> None:
    pytest.importorskip("pyk4a", reason="pyk4a cannot be imported here", exc_type=ImportError)
    # Where no Kinect is connected, counting them makes libk4a log an error.
    program = "from kinect_sync.devices.k4a.sdk import load_sdk; load_sdk().pyk4a.connected_device_count()"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("K4A_")}
    command = [sys.executable, "-c", program]
    finished = subprocess.run(
        command, cwd=SOURCES.parents[2], env=environment, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == ""


def test_without_pyk4a_a_bench_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyk4a", None)
    with pytest.raises(SdkMissing, match=r"pyk4a is not installed.*pip install") as caught:
        KinectBench().discover()
    assert caught.value.findings[0].code == "sdk-not-installed"


BROKEN = [
    ("raise OSError('libk4a.so.1.4: cannot open shared object file')", "libk4a.so.1.4: cannot open"),
    (
        "try:\n    raise ImportError('libGL.so.1: no such file')\n"
        "except ImportError as cause:\n    raise ImportError('Cannot import k4a_module.') from cause",
        "libGL.so.1: no such file",
    ),
    ("raise SystemError", "SystemError"),
]


@pytest.mark.parametrize(("source", "reason"), BROKEN, ids=["os error", "wrapped", "wordless"])
def test_a_broken_library_is_told_with_the_loaders_own_words(
    source: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyk4a.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "pyk4a", raising=False)
    with pytest.raises(SdkMissing) as caught:
        sdk.load_sdk()
    (finding,) = caught.value.findings
    assert finding.code == "sdk-library-broken"
    assert reason in finding.what


def test_numpy_2_is_named_as_the_cause_and_its_page_on_stderr_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyk4a.py").write_text(
        "import sys\nprint('A page.', file=sys.stderr)\nraise ImportError('x')"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "pyk4a", raising=False)
    monkeypatch.setattr("importlib.metadata.version", lambda distribution: "2.1.0")
    with pytest.raises(SdkMissing, match=r"NumPy 2\.1\.0.*numpy<2"):
        sdk.load_sdk()
    assert capsys.readouterr().err == ""


class AllBut(type):
    """A class that has everything but what makes cameras start."""

    def __getattr__(cls, name: str) -> None:
        if name == "_start_cameras":
            raise AttributeError(name)


def test_a_pyk4a_without_what_is_needed_is_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    pyk4a, module = ModuleType("pyk4a"), ModuleType("pyk4a.module")
    pyk4a.PyK4A = module.k4a_module = AllBut("PyK4A", (), {})
    monkeypatch.setitem(sys.modules, "pyk4a", pyk4a)
    monkeypatch.setitem(sys.modules, "pyk4a.module", module)
    with pytest.raises(SdkMissing, match=r"lacks PyK4A\._start_cameras, which"):
        sdk.load_sdk()


@pytest.mark.parametrize("kind", TROUBLES, ids=[kind.code for kind in TROUBLES])
def test_every_trouble_has_words_and_a_next_step(kind: Kind) -> None:
    trouble = TROUBLES[kind]
    texts = (trouble.what, trouble.remedy or "")
    names = {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}
    finding = describe(kind, "left", **dict.fromkeys(names, "<fact>"))
    assert len(finding.what) > 20
    assert len(finding.remedy or "") > 20
    raised = error(kind, "left", **dict.fromkeys(names, "<fact>"))
    assert type(raised) is trouble.error
    assert str(raised).startswith("left: ")


def test_the_table_and_the_code_name_the_same_troubles() -> None:
    text = "".join(path.read_text() for path in SOURCES.glob("*.py") if path.name != "sdk_errors.py")
    named = set(re.findall(r"(?:error|describe)\(\s*([A-Z0-9_]+)\b", text))
    assert named == {kind.code.upper().replace("-", "_") for kind in TROUBLES}


def _plugged() -> Jacks:
    return Jacks(sync_in=True, sync_out=True)


def _unreadable() -> Jacks:
    raise error(JACKS_UNREADABLE, "left")


REFUSALS = [
    ("subordinate", lambda: Jacks(sync_in=False, sync_out=True), "0", ["start-no-sync-in"]),
    ("master", lambda: Jacks(sync_in=True, sync_out=False), "0", ["start-no-sync-out"]),
    ("standalone", lambda: Jacks(sync_in=False, sync_out=False), "0", ["start-refused"]),
    ("subordinate", lambda: Jacks(sync_in=None, sync_out=None), "0", ["start-refused"]),
    ("subordinate", _unreadable, "0", ["start-jacks-unreadable"]),
    ("subordinate", _plugged, "16", ["start-refused", "start-usb-memory"]),
    ("master", _plugged, "1000", ["start-refused"]),
    ("master", _plugged, None, ["start-refused"]),
]


@pytest.mark.parametrize(("role", "read_jacks", "usb_memory", "codes"), REFUSALS)
def test_a_refused_start_is_explained(
    role: str, read_jacks: object, usb_memory: str | None, codes: list[str], tmp_path: Path
) -> None:
    parameter = tmp_path / "usbfs_memory_mb"
    if usb_memory is not None:
        parameter.write_text(usb_memory)
    wanted = settings(MASTER, role)
    findings = explain_refusal(wanted, read_jacks, {"DISPLAY": ":0"}, parameter)
    assert [finding.code for finding in findings] == codes
    assert {finding.device for finding in findings} == {wanted.name}


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux needs DISPLAY for the depth engine"
)
def test_a_missing_display_is_a_hint_only_where_the_depth_engine_is_needed(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with_depth = explain_refusal(settings(MASTER), _plugged, {}, missing)
    color_only = settings(MASTER, depth_mode="off", synchronized_images_only=False)
    assert [finding.code for finding in with_depth] == ["start-refused", "start-no-display"]
    assert [finding.code for finding in explain_refusal(color_only, _plugged, {}, missing)] == [
        "start-refused"
    ]
