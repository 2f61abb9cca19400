"""Read the rows that `ksync stream RIG --to ADDRESS` gives: Python's own library and nothing else.

python examples/rows.py rows.sock
python examples/rows.py 127.0.0.1:9000 TOKEN
ksync stream rig.yaml --to - | python examples/rows.py -
"""

import json
import socket
import struct
import sys
from array import array

PREFIX = struct.Struct("<4sIQ")  # magic, bytes of the head, bytes of the payload
MOST_HEAD, MOST_PAYLOAD = 16 << 20, 1 << 30


def read_message(stream):
    """Return the next head and payload; ValueError where this is no stream of rows, or it was cut."""
    magic, head_nbytes, nbytes = PREFIX.unpack(read_exactly(stream, PREFIX.size))
    if magic != b"KSR1":
        raise ValueError(f"this is no stream of rows, version 1: it begins with {magic!r}")
    if head_nbytes > MOST_HEAD or nbytes > MOST_PAYLOAD:
        raise ValueError(f"a message of {head_nbytes} and {nbytes} bytes is larger than any row")
    head = json.loads(read_exactly(stream, head_nbytes))
    if not isinstance(head, dict) or not isinstance(head.get("kind"), str):
        raise ValueError("a head says no kind")
    return head, read_exactly(stream, nbytes)


def read_exactly(stream, nbytes):
    """Return so many bytes; ValueError where fewer come."""
    data = bytearray()
    while len(data) < nbytes:
        part = stream.read(min(nbytes - len(data), 1 << 20))
        if not part:
            raise ValueError(f"the stream ended {nbytes - len(data)} bytes too early")
        data += part
    return data


def pixels(payload, place):
    """Return depth or IR as 16-bit numbers, row by row, with width and height."""
    at, nbytes, width, height = place
    if at < 0 or nbytes != 2 * width * height or at + nbytes > len(payload):
        raise ValueError("an image lies outside its payload")
    image = array("H", bytes(payload[at : at + nbytes]))
    if sys.byteorder == "big":
        image.byteswap()
    return image, width, height


def mean_in_the_middle(payload, place):
    """Return the mean depth in mm of the ninth part in the middle, of pixels that have one; 0 without any."""
    image, width, height = pixels(payload, place)
    columns = range(width // 3, 2 * width // 3)
    seen = [image[y * width + x] for y in range(height // 3, 2 * height // 3) for x in columns]
    known = [depth for depth in seen if depth]
    return sum(known) // len(known) if known else 0


def connected(address, token=None):
    """Return what is read from: a socket, or stdin."""
    if address == "-":
        return sys.stdin.buffer
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit():
        connection = socket.create_connection((host, int(port)))
        connection.sendall(f"{token}\n".encode())
    else:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(address)
    return connection.makefile("rb")


def main(arguments):
    """Print a line for each row: its pulse, and the mean depth in the middle of each device."""
    stream = connected(*arguments)
    while True:
        head, payload = read_message(stream)
        if head["kind"] == "end":
            break
        if head["kind"] == "row":  # what else comes, of this version or a later one, is passed over
            line = [f"{head['pulse']} missed {head['missed']}"]
            for device in head["devices"]:
                place = device["depth"]
                line.append(f"{device['name']} {mean_in_the_middle(payload, place) if place else '-'}")
            print(", ".join(line), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
