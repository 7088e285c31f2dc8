#!/usr/bin/env python3
"""Compares two builds of one component.

    compare.py FIRST SECOND

Ends with 0 if both are the same plugin: the same manifest, and byte for byte
the same imports, exports and types. Says whether the rest is the same too. The
tools for JavaScript and Python keep a snapshot of a running interpreter, and no
two runs have the same memory.
"""

import hashlib
import sys
from pathlib import Path

# Sections of a component that say what it takes and gives.
INTERFACE = {7: "types", 10: "imports", 11: "exports"}


def leb128(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at


def contract(component: bytes) -> dict[str, str]:
    """Digests of the sections at the top of a component that are its contract."""
    if component[:8] != b"\0asm\x0d\0\x01\0":
        raise ValueError("this is no component")
    found = {word: hashlib.sha256() for word in INTERFACE.values()}
    at = 8
    while at < len(component):
        kind = component[at]
        size, at = leb128(component, at + 1)
        body = component[at : at + size]
        at += size
        if kind == 0:
            length, start = leb128(body, 0)
            name = body[start : start + length]
            if name.startswith(b"tachograph:"):
                found[name.decode()] = hashlib.sha256(body)
        elif kind in INTERFACE:
            found[INTERFACE[kind]].update(body)
    return {word: digest.hexdigest() for word, digest in found.items()}


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: compare.py FIRST SECOND")
    first, second = (Path(path).read_bytes() for path in sys.argv[1:])
    one, other = contract(first), contract(second)
    if "tachograph:manifest" not in one:
        sys.exit(f"{sys.argv[1]} has no manifest")
    differ = [word for word in sorted(one.keys() | other.keys()) if one.get(word) != other.get(word)]
    if differ:
        sys.exit(f"another plugin: {', '.join(differ)} differ")
    if first == second:
        print("the same bytes")
    else:
        print(f"the same plugin in other bytes ({len(first)} and {len(second)})")


if __name__ == "__main__":
    main()
