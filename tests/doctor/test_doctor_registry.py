"""How checks are found and made: a new one is a module beside the others, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinect_sync.doctor import checks
from kinect_sync.doctor.checkup import check_up
from kinect_sync.doctor.registry import check_modules, find_checks, run_checks
from kinect_sync.findings import KINDS
from tests.doctor.examining import OK, WARNING, examination
from tests.host.made_up import MadeUp, good

NEW = """
from kinect_sync.doctor import check
from kinect_sync.doctor.results import warning
from kinect_sync.findings import model as declare

LENS_CAP = declare.warning("lens-cap", "A lens cap is on.", "take it off")


def run(it):
    return [warning(LENS_CAP, f"a cap is on each of {it.number} lenses")]


CHECK = check.Check("lens-cap", check.THEME, 15, run)
"""


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that counts as a part of `doctor/checks`."""
    folder = tmp_path / "checks"
    folder.mkdir()
    monkeypatch.setattr(checks, "__path__", [*checks.__path__, str(folder)])
    before, kinds = set(sys.modules), set(KINDS)
    yield folder
    for name in set(sys.modules) - before:
        del sys.modules[name]
    for code in set(KINDS) - kinds:
        del KINDS[code]
    vars(checks).pop("lens_cap", None)


def test_a_new_check_is_one_file(beside: Path, tmp_path: Path) -> None:
    (beside / "lens_cap.py").write_text(NEW.replace("THEME", "DEVICES"))
    checkup = check_up(examination(good(tmp_path / "computer")))
    devices = next(section for section in checkup.sections if section.theme == "devices")
    assert [each.name for each in devices.checks] == ["devices", "lens-cap", "firmware"]
    (finding,) = [each for each in checkup.findings if each.code == "lens-cap"]
    assert (finding.what, finding.remedy) == ("a cap is on each of 3 lenses", "take it off")


def test_a_check_may_bring_a_theme_of_its_own(beside: Path, tmp_path: Path) -> None:
    (beside / "lens_cap.py").write_text(NEW.replace("THEME", 'Theme("optics", 25)'))
    checkup = check_up(examination(good(tmp_path / "computer")))
    themes = [section.theme for section in checkup.sections]
    assert themes == ["SDK", "devices", "optics", "USB", "depth engine", "disk", "computer"]


def test_a_module_without_a_check_is_named(beside: Path) -> None:
    (beside / "lens_cap.py").write_text("")
    with pytest.raises(AttributeError, match=r"checks\.lens_cap"):
        find_checks()


def test_each_check_has_a_name_a_place_and_a_module_of_its_own() -> None:
    found = find_checks()
    assert len({check.name for check in found}) == len(found) == len(check_modules())
    assert len({(check.theme, check.place) for check in found}) == len(found)
    named = {module.__name__.rpartition(".")[2]: module.CHECK.name for module in check_modules()}
    assert {name.replace("_", "-"): name for name in named} == {code: name for name, code in named.items()}


def test_of_some_checks_only_what_they_look_at_is_asked(tmp_path: Path) -> None:
    def nobody() -> tuple[()]:
        raise AssertionError("neither a device nor the SDK has to do with it")

    examined = examination(good(tmp_path), ask_bench=nobody, try_sdk=nobody)
    results = run_checks(examined, ["display", "usb-memory", "display"])
    assert [(each.name, each.status) for each in results] == [("usb-memory", OK), ("display", OK)]


def test_a_check_that_nobody_has_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="lens-cap"):
        run_checks(examination(MadeUp(tmp_path)), ["display", "lens-cap"])


def test_what_only_kinects_need_is_no_problem_beside_simulated_ones(tmp_path: Path) -> None:
    computer = good(tmp_path)
    computer.environment = {}
    (result,) = run_checks(examination(computer, simulated=True), ["display"])
    assert result.status is WARNING
    assert result.what.endswith("(simulated devices do without)")


def test_devices_and_the_sdk_are_asked_once(tmp_path: Path) -> None:
    asked: list[str] = []
    examined = examination(
        good(tmp_path),
        rig=None,
        ask_bench=lambda: asked.append("bench") or (),
        try_sdk=lambda: asked.append("SDK") or (),
    )
    check_up(examined)
    assert sorted(asked) == ["SDK", "bench"]
