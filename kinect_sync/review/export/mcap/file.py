"""An MCAP file that is being written: topics, and the messages on them."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from typing import Any, BinaryIO

from kinect_sync.errors import UsageError
from kinect_sync.findings.export import MCAP_MISSING
from kinect_sync.review.export.mcap.messages import PULSE_SCHEMA, PULSES, schema_of
from kinect_sync.version import __version__

_CHUNK_NBYTES = 4 << 20
"""A few images: what a program that seeks has to unpack to show one."""


def require_mcap() -> None:
    """Raise UsageError where what writes MCAP files is not installed."""
    lacking = [name for name in ("mcap", "mcap_protobuf", "foxglove_schemas_protobuf") if not find_spec(name)]
    if lacking:
        raise UsageError(MCAP_MISSING.found(f"--mcap needs {', '.join(lacking)}, not installed here"))


class McapFile:
    """Writes messages; what is on a topic for the first time declares it."""

    def __init__(self, stream: BinaryIO) -> None:
        """Begin a file."""
        writer = import_module("mcap.writer")
        self._register = import_module("mcap_protobuf.schema").register_schema
        self._writer: Any = writer.Writer(stream, chunk_size=_CHUNK_NBYTES)
        self._writer.start(library=f"ksync {__version__}")
        self._schemas: dict[str, int] = {}
        self._channels: dict[str, int] = {}

    def add(self, topic: str, schema: str, data: bytes, time_ns: int) -> None:
        """Add a message of one of Foxglove's schemas."""
        if topic not in self._channels:
            if schema not in self._schemas:
                self._schemas[schema] = self._register(self._writer, schema_of(schema))
            self._declare(topic, "protobuf", self._schemas[schema])
        self._write(topic, data, time_ns)

    def add_pulse(self, data: bytes, time_ns: int) -> None:
        """Add a message on `/pulses`."""
        if PULSES not in self._channels:
            schema = self._writer.register_schema(
                "ksync.Pulse", "jsonschema", json.dumps(PULSE_SCHEMA).encode()
            )
            self._declare(PULSES, "json", schema)
        self._write(PULSES, data, time_ns)

    def finish(self) -> None:
        """Write the index by which programs seek."""
        self._writer.finish()

    def _declare(self, topic: str, encoding: str, schema: int) -> None:
        self._channels[topic] = self._writer.register_channel(
            topic=topic, message_encoding=encoding, schema_id=schema
        )

    def _write(self, topic: str, data: bytes, time_ns: int) -> None:
        self._writer.add_message(self._channels[topic], log_time=time_ns, publish_time=time_ns, data=data)
