#!/bin/sh
# Builds an example twice, compares the builds, and tests the second one:
#   TACHO=target/release/tacho sdk/examples/check.sh javascript|python
set -eu
here=$(cd "$(dirname "$0")" && pwd)
name=${1:-}
case $name in javascript | python) ;; *) echo "usage: $0 javascript|python" >&2; exit 2 ;; esac
tacho=${TACHO:-tacho}
work=$(cd "$here/../.." && pwd)/target/sdk-examples/$name
mkdir -p "$work"
"$here/$name/build.sh" "$work/first.wasm"
"$here/$name/build.sh" "$work/example-$name.wasm"
python3 "$here/compare.py" "$work/first.wasm" "$work/example-$name.wasm"
rm "$work/first.wasm"
"$tacho" plugin inspect "$work/example-$name.wasm"
"$tacho" plugin test "$work/example-$name.wasm"
