#!/usr/bin/env python3
"""Puts a manifest into a component, as the host wants it.

    embed.py COMPONENT PLUGIN_TOML OUTPUT

Appends two custom sections: `tachograph:abi` with the manifest's `abi`, and
`tachograph:manifest` with the bytes of the file. `tacho plugin pack` does the
same and checks the result; this needs nothing but Python.
"""

import re
import sys
from pathlib import Path

# The magic number, and the version that tells a component from a core module.
COMPONENT = b"\0asm\x0d\0\x01\0"


def leb128(number: int) -> bytes:
    """An unsigned number as WebAssembly writes it."""
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def custom_section(name: str, data: bytes) -> bytes:
    body = leb128(len(name)) + name.encode() + data
    return b"\0" + leb128(len(body)) + body


def embed(component: bytes, manifest: bytes) -> bytes:
    if not component.startswith(COMPONENT):
        raise ValueError("this is no component")
    if b"tachograph:manifest" in component:
        raise ValueError("this component has a manifest already")
    abi = re.search(rb'^abi\s*=\s*"(\d+\.\d+)"', manifest, re.MULTILINE)
    if not abi:
        raise ValueError('the manifest has no line `abi = "1.0"`')
    sections = custom_section("tachograph:abi", abi[1])
    return component + sections + custom_section("tachograph:manifest", manifest)


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit("usage: embed.py COMPONENT PLUGIN_TOML OUTPUT")
    component, manifest, output = map(Path, sys.argv[1:])
    try:
        output.write_bytes(embed(component.read_bytes(), manifest.read_bytes()))
    except ValueError as error:
        sys.exit(f"{component}: {error}")


if __name__ == "__main__":
    main()
