"""Rig files from every kind of place, the example rigs, the schema, and garbage."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from kinect_sync.errors import RigError
from kinect_sync.findings import Severity
from kinect_sync.rig.document import resolve
from kinect_sync.rig.loading import MAX_BYTES, load_rig, parse_rig
from kinect_sync.rig.schema import rig_schema
from kinect_sync.texts import printable
from tests.rig.rig_texts import GOOD

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


def test_there_are_example_rigs() -> None:
    assert len(CONFIGS) >= 8


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_example_rigs_load_without_a_warning_and_teach(path: Path) -> None:
    loaded = load_rig(path)
    assert {warning.severity for warning in loaded.warnings} <= {Severity.NOTE}
    assert loaded.rig.name == path.stem.replace("_", "-")
    assert loaded.text.count("#") >= 2


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_lasers_of_the_example_rigs_are_160_us_apart(path: Path) -> None:
    rig = load_rig(path).rig
    delays = {d.name: d.subordinate_delay_off_master_usec + d.depth_delay_off_color_usec for d in rig.devices}
    for group in rig.overlaps or (tuple(delays),):
        assert [delays[name] for name in group] == [160 * index for index in range(len(group))]


def test_a_rig_comes_from_a_path_or_from_standard_input(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(GOOD, encoding="utf-8")
    from_stdin = load_rig("-", io.BytesIO(GOOD.encode()))
    assert load_rig(path).rig == load_rig(str(path)).rig == from_stdin.rig
    assert from_stdin.text == GOOD


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode()])
def test_a_byte_order_mark_and_windows_line_ends_are_text(data: bytes) -> None:
    assert parse_rig(data).rig == parse_rig(GOOD).rig


def code_and_where(source: Path | str, stdin: bytes | None = None) -> tuple[str, str | None]:
    with pytest.raises(RigError) as caught:
        load_rig(source, io.BytesIO(stdin) if stdin is not None else None)
    (finding,) = caught.value.findings
    assert finding.remedy
    return finding.code, finding.where


def test_places_that_hold_no_rig(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (MAX_BYTES + 1))
    assert code_and_where(tmp_path / "none.yaml") == ("rig-not-found", str(tmp_path / "none.yaml"))
    assert code_and_where(tmp_path) == ("rig-is-a-directory", str(tmp_path))
    assert code_and_where(large) == ("rig-too-large", str(large))
    assert code_and_where("a\0b")[0] == "rig-unreadable"
    assert code_and_where("x" * 5000)[0] == "rig-unreadable"


@pytest.mark.skipif(sys.platform == "win32" or (hasattr(os, "geteuid") and os.geteuid() == 0),
                    reason="needs a user whom file modes can stop")  # fmt: skip
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(GOOD, encoding="utf-8")
    path.chmod(0)
    assert code_and_where(path) == ("rig-not-permitted", str(path))


def test_permission_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert code_and_where(tmp_path / "rig.yaml")[0] == "rig-not-permitted"


def test_empty_standard_input_is_one_finding() -> None:
    assert code_and_where("-", b"") == ("empty-file", "<stdin>:1")


def test_an_endless_file_is_not_read_to_its_end() -> None:
    class Endless(io.RawIOBase):
        def readinto(self, buffer: Any) -> int:
            buffer[:] = b"a" * len(buffer)
            return len(buffer)

        def readable(self) -> bool:
            return True

    with pytest.raises(RigError, match="larger than 64 KiB"):
        load_rig("-", io.BufferedReader(Endless()))


SCALAR_TEXTS = ["off", "720p", "yes", "a b", "1e", "~", "", "true", "8330", "-1", "+3", "012", "0x10", "0o17"]
SCALAR_TEXTS += ["1.5", "1e3", ".5", "1."]


@pytest.mark.parametrize("text", SCALAR_TEXTS)
def test_scalars_mean_what_yaml_1_2_says(text: str) -> None:
    assert resolve(text) == YAML(typ="safe", pure=True).load(text)


def test_the_schema_is_a_documented_draft_2020_12() -> None:
    schema = rig_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]
    assert set(schema["$defs"]["CableSpec"]["properties"]) == {"from", "to", "length_m"}
    parts = [schema, *(part for part in schema["$defs"].values() if "properties" in part)]
    assert len(parts) == 6
    for part in parts:
        assert part["additionalProperties"] is False
        assert all(field.get("description") for field in part["properties"].values()), part["title"]


def accepts(schema: dict[str, Any], node: dict[str, Any], value: Any) -> bool:
    """Judge a value by the part of JSON Schema that pydantic writes for a rig."""
    if "$ref" in node:
        return accepts(schema, schema["$defs"][node["$ref"].rpartition("/")[2]], value)
    if "allOf" in node:  # how pydantic before 2.9 adds a description to a reference
        return all(accepts(schema, part, value) for part in node["allOf"])
    if "anyOf" in node:
        return any(accepts(schema, option, value) for option in node["anyOf"])
    if ("enum" in node and value not in node["enum"]) or ("const" in node and value != node["const"]):
        return False
    types = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
             "boolean": bool, "null": type(None)}  # fmt: skip
    if "type" in node and not isinstance(value, types[node["type"]]):
        return False
    if isinstance(value, dict):
        if "properties" not in node:
            ((names, named),) = node["patternProperties"].items()
            return all(re.search(names, key) and accepts(schema, named, item) for key, item in value.items())
        known = node["properties"]
        return set(node.get("required", ())) <= set(value) <= set(known) and all(
            accepts(schema, known[key], item) for key, item in value.items()
        )
    return not isinstance(value, list) or all(accepts(schema, node["items"], item) for item in value)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_example_rigs_fit_the_schema(path: Path) -> None:
    schema, tree = rig_schema(), load_rig(path).document.tree
    assert accepts(schema, schema, tree)
    assert not accepts(schema, schema, {**tree, "topologie": "star"})
    assert not accepts(schema, schema, {**tree, "topology": "ring"})


@pytest.mark.parametrize("key", [*rig_schema()["properties"], "unknown"])
@pytest.mark.parametrize(
    "value", ["[[1]]", "[[[a]]]", "[null]", "{a: {b: 1}}", "[[front], [1, left]]", "{}", "[{}]"]
)
def test_a_field_of_another_shape_is_found_wherever_it_stands(key: str, value: str) -> None:
    lines = [line for line in GOOD.splitlines(keepends=True) if not line.startswith(f"{key}:")]
    with pytest.raises(RigError):
        parse_rig("".join(lines) + ("nonsense: 1\n" if value == "{}" else "") + f"{key}: {value}\n")


KEYS = st.sampled_from(
    [key for part in [rig_schema(), *rig_schema()["$defs"].values()] for key in part.get("properties", ())]
    + ["extra", "fsp"]
)
PUNCTUATION = st.text(alphabet="[]{}:,-?*&!|>'\"%@` \t\n#a0~<", max_size=40)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["master", "subordinate", "star", "720p", "off", "auto", "000123456712", 30, 15, "trigger", "front"]
    )
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=8),
    max_leaves=40,
)
DEVICES = st.lists(st.dictionaries(KEYS, SCALARS, max_size=6) | SCALARS, max_size=11)
PARTS = {
    "name": SCALARS,
    "topology": SCALARS | st.just("daisy_chain"),
    "hardware": SCALARS,
    "devices": DEVICES,
}
RIGS = st.fixed_dictionaries(
    {}, optional={**dict.fromkeys([*rig_schema()["properties"], "extra"], TREES), **PARTS}
)


def expect_a_rig_or_findings(text: str | bytes) -> None:
    try:
        parse_rig(text, "rig.yaml")
    except RigError as error:
        for finding in error.findings:
            assert finding.where is not None
            assert finding.where.startswith("rig.yaml")
            assert printable(str(finding)) == str(finding)


@settings(max_examples=150, deadline=None)
@given(RIGS | TREES)
def test_structured_garbage_gives_findings_and_nothing_else(tree: Any) -> None:
    stream = io.StringIO()
    YAML(typ="safe", pure=True).dump(tree, stream)
    expect_a_rig_or_findings(stream.getvalue())


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80) | st.binary(max_size=80) | PUNCTUATION)
def test_any_text_gives_findings_and_nothing_else(text: str | bytes) -> None:
    expect_a_rig_or_findings(text)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, len(GOOD)),
    st.integers(0, 12),
    PUNCTUATION,
)
def test_a_damaged_rig_gives_findings_and_nothing_else(start: int, length: int, instead: str) -> None:
    expect_a_rig_or_findings(GOOD[:start] + instead + GOOD[start + length :])
