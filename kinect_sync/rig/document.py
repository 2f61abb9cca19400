"""A YAML text as plain values that remember their lines.

Only the part of YAML that a rig needs is read: mappings with text keys, lists and scalars of the YAML 1.2
core schema. Anchors, aliases, merge keys and tags are refused by name: with them one line could mean
several devices, and no finding could then say where a value stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, NamedTuple

from kinect_sync.findings import Kind
from kinect_sync.findings.rig_file import (
    DUPLICATE_KEY,
    EMPTY_FILE,
    KEY_NOT_TEXT,
    NESTED_TOO_DEEP,
    NOT_A_MAPPING,
    NOT_TEXT,
    SEVERAL_DOCUMENTS,
    YAML_ALIAS,
    YAML_ANCHOR,
    YAML_MERGE_KEY,
    YAML_SYNTAX,
    YAML_TAB,
    YAML_TAG,
)
from kinect_sync.rig.problem import Location, Problem, shown

MAX_DEPTH = 16
"""A rig needs four levels; far more is a mistake, or an attack on the reader."""

_INT = re.compile(r"[-+]?[0-9]{1,18}|0x[0-9a-fA-F]{1,15}|0o[0-7]{1,20}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,40}|[0-9]{1,40}(\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,3})?")
_NAMED: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Scalar(NamedTuple):
    """A scalar as it was written: what a number was before it lost its zeros."""

    text: str
    quoted: bool


class Document:
    """The values of a YAML text, with the line of each."""

    def __init__(self, text: str, label: str) -> None:
        """Take the text, and the file's name as findings should show it."""
        self.text = text
        self.label = label
        self.tree: Any = None
        self.lines: dict[Location, int] = {}
        self.scalars: dict[Location, Scalar] = {}
        self.duplicates: set[Location] = set()

    def where(self, path: Location) -> str:
        """Write `rig.yaml:12` for the place of a value, or of the nearest thing around it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.label}:{self.lines.get(path, 1)}"

    def holds(self, path: Location) -> bool:
        """Tell whether a value stands at this path."""
        return path in self.lines


class NotReadable(Exception):
    """The text is no document at all; one problem says why, and on which line."""

    def __init__(self, line: int, problem: Problem) -> None:
        """Take the line, from 1, and the problem."""
        super().__init__(problem.what)
        self.line = line
        self.problem = problem


def read_document(text: str, label: str, start: str | None = None) -> tuple[Document, list[Problem]]:
    """Read a YAML text into plain values, with the problems that leave the rest readable.

    `start` is the remedy for a text that is empty or something else than a mapping, where it is no rig's.

    Raises:
        NotReadable: the text is not YAML, or not one mapping.
    """
    document = Document(text, label)
    reader = _Reader(document, start)
    reader.read()
    return document, reader.problems


class _Open(NamedTuple):
    """A mapping or list whose end has not come yet."""

    path: Location
    value: Any
    keys: list[str]
    """The key that waits for its value, in a mapping."""


class _Reader:
    """Builds the document event by event, without recursion: depth costs no stack."""

    def __init__(self, document: Document, start: str | None) -> None:
        self.document = document
        self._start_remedy = start
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._documents = 0

    def read(self) -> None:
        for event in _events(self.document.text):
            handler = getattr(self, f"_on_{type(event).__name__}", None)
            if handler is not None:
                handler(event, event.start_mark.line + 1)
        if self._documents == 0 or (self.document.tree is None and not self.document.text.strip()):
            raise _unreadable(1, EMPTY_FILE, f"{self.document.label} is empty", self._start_remedy)
        if not isinstance(self.document.tree, dict):
            raise self._not_a_mapping()

    def _not_a_mapping(self) -> NotReadable:
        tree, line = self.document.tree, self.document.lines.get((), 1)
        if tree is None:
            return _unreadable(line, EMPTY_FILE, f"{self.document.label} holds no value", self._start_remedy)
        found = "a list" if isinstance(tree, list) else f"the single value `{shown(tree)}`"
        what = f"the file is {found}, not `key: value` lines"
        return _unreadable(line, NOT_A_MAPPING, what, self._start_remedy)

    def _on_DocumentStartEvent(self, _event: Any, line: int) -> None:
        self._documents += 1
        if self._documents > 1:
            raise _unreadable(line, SEVERAL_DOCUMENTS, "a second document starts here")

    def _on_AliasEvent(self, event: Any, line: int) -> None:
        raise _unreadable(line, YAML_ALIAS, f"`*{shown(event.anchor)}` is a YAML alias")

    def _on_ScalarEvent(self, event: Any, line: int) -> None:
        self._refuse_decoration(event, line)
        if any("\ud800" <= char <= "\udfff" for char in event.value):
            raise _unreadable(line, NOT_TEXT, "half of a surrogate pair is no character", "write it out")
        quoted = event.style is not None
        if self._waits_for_key():
            self._take_key(event.value, line)
            return
        value = event.value if quoted else resolve(event.value)
        path = self._add(value, line)
        self.document.scalars[path] = Scalar(event.value, quoted)

    def _on_MappingStartEvent(self, event: Any, line: int) -> None:
        self._start(event, {}, line)

    def _on_SequenceStartEvent(self, event: Any, line: int) -> None:
        self._start(event, [], line)

    def _on_MappingEndEvent(self, _event: Any, _line: int) -> None:
        self._open.pop()

    _on_SequenceEndEvent = _on_MappingEndEvent

    def _start(self, event: Any, value: Any, line: int) -> None:
        self._refuse_decoration(event, line)
        if self._waits_for_key():
            raise _unreadable(line, KEY_NOT_TEXT, "a list or mapping stands where a key should")
        if len(self._open) >= MAX_DEPTH:
            raise _unreadable(line, NESTED_TOO_DEEP, f"more than {MAX_DEPTH} levels of nesting")
        self._open.append(_Open(self._add(value, line), value, []))

    def _waits_for_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and not self._open[-1].keys

    def _take_key(self, key: str, line: int) -> None:
        mapping = self._open[-1]
        path = (*mapping.path, key)
        if key == "<<":
            raise _unreadable(line, YAML_MERGE_KEY, "`<<` is a YAML merge key")
        if key in mapping.value:
            first = self.document.lines[path]
            what = f"`{shown(key)}` stands here for the second time; the first is on line {first}"
            self.problems.append(Problem(path, DUPLICATE_KEY, what))
            self.document.duplicates.add(path)
        self.document.lines[path] = line
        mapping.keys.append(key)

    def _add(self, value: Any, line: int) -> Location:
        """Put a value into the mapping or list that is open, and return its path."""
        if not self._open:
            self.document.tree = value
            self.document.lines[()] = line
            return ()
        parent = self._open[-1]
        if isinstance(parent.value, dict):
            key = parent.keys.pop()
            parent.value[key] = value
            return (*parent.path, key)  # the line is the key's
        path = (*parent.path, len(parent.value))
        parent.value.append(value)
        self.document.lines[path] = line
        return path

    def _refuse_decoration(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            raise _unreadable(line, YAML_ANCHOR, f"`&{shown(event.anchor)}` is a YAML anchor")
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            raise _unreadable(line, YAML_TAG, f"`{shown(tag)}` is a YAML tag")


def resolve(text: str) -> Any:
    """Resolve an unquoted scalar as YAML 1.2 does: `off` and `720p` stay text, `8330` is a number.

    What is not finite stays text, as no field of a rig takes it.
    """
    if text in _NAMED:
        return _NAMED[text]
    if _INT.fullmatch(text):
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    if _FLOAT.fullmatch(text) and isfinite(float(text)):
        return float(text)
    return text


def _unreadable(line: int, kind: Kind, what: str, remedy: str | None = None) -> NotReadable:
    return NotReadable(line, Problem((), kind, what, remedy))


def _events(text: str) -> Iterator[Any]:
    """Yield the parser's events; whatever the parser throws becomes one readable problem."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _unreadable(mark.line + 1 if mark else 1, *_syntax(str(error.problem or error))) from error
    except YAMLError as error:
        position = getattr(error, "position", 0)
        line = text.count("\n", 0, position) + 1
        what = "the file holds a character that no text file holds"
        raise _unreadable(line, NOT_TEXT, what) from error
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        # Seen from ruamel.yaml on malformed directives and escapes: its own slips, not YAMLError.
        raise _unreadable(1, *_syntax(type(error).__name__)) from error


def _syntax(problem: str) -> tuple[Kind, str]:
    if "'\\t'" in problem:
        return YAML_TAB, "a tab stands where YAML wants spaces"
    return YAML_SYNTAX, f"not valid YAML: {shown(problem)}"
