"""The catalog of findings: each is declared once, with a meaning and a remedy, and told in the docs."""

from collections import Counter

import pytest

from docs.generate import PAGES, REFERENCE
from kinect_sync.doctor.registry import check_modules
from kinect_sync.findings import KINDS, THEMES, Finding, Kind, Nature, Severity
from kinect_sync.findings.bench import DEVICE_MISSING, JACK_PLUGGED
from kinect_sync.timing.alignment import HoleReason

DECLARED = {
    name: kind
    for module in (*THEMES, *check_modules())
    for name, kind in vars(module).items()
    if isinstance(kind, Kind)
}


def test_every_kind_is_declared_in_a_theme_or_with_its_check_under_the_name_of_its_code() -> None:
    assert {name.lower().replace("_", "-"): kind for name, kind in DECLARED.items()} == KINDS


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_each_kind_says_in_general_what_it_means_and_what_to_do(kind: Kind) -> None:
    assert kind.means.endswith(".")
    assert "|" not in f"{kind.means}{kind.remedy}", "it stands in a table"
    if kind.remedy is None:
        assert kind.severity is Severity.NOTE, "only a fact may ask for nothing"
    else:
        assert not kind.remedy.endswith(".")


def test_no_two_kinds_mean_the_same() -> None:
    assert [
        means for means, count in Counter(kind.means for kind in KINDS.values()).items() if count > 1
    ] == []


def test_a_code_is_declared_once() -> None:
    with pytest.raises(ValueError, match="device-missing is declared twice"):
        Kind("device-missing", Severity.ERROR, Nature.ANSWER, "Something else.", "do something")
    assert KINDS["device-missing"] is DEVICE_MISSING


def test_each_reason_of_a_hole_has_its_kind() -> None:
    assert {f"captures-{reason.value.replace('_', '-')}" for reason in HoleReason} <= set(KINDS)


def test_a_finding_is_as_declared_where_its_use_site_says_nothing() -> None:
    found = DEVICE_MISSING.found("it is not there", device="left")
    assert found.kind is DEVICE_MISSING
    assert found == Finding(
        code="device-missing", device="left", what="it is not there", remedy=DEVICE_MISSING.remedy
    )
    exact = DEVICE_MISSING.found(
        "it is not there", remedy="plug it in", severity=Severity.NOTE, where="a:1", field="b"
    )
    assert (exact.remedy, exact.severity, exact.where, exact.field) == (
        "plug it in",
        Severity.NOTE,
        "a:1",
        "b",
    )


def test_a_code_of_another_version_has_no_kind_and_is_believed_to_be_a_failure() -> None:
    finding = Finding(code="of-tomorrow", what="something")
    assert (finding.kind, finding.nature) == (None, Nature.FAILURE)


def test_a_warning_weighs_as_an_error_in_the_command_that_is_asked_about_it() -> None:
    warned = JACK_PLUGGED.found("a plug too many")
    assert warned.weighed_in("verify") is warned
    assert warned.weighed_in("check-jacks") == warned.model_copy(update={"severity": Severity.ERROR})


@pytest.mark.parametrize("name", PAGES)
def test_pages_that_are_made_of_declarations_are_not_stale(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == PAGES[name](), "run `python docs/generate.py`"
