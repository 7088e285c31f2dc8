#!/bin/sh
# Builds the example driver in Python: build.sh [OUTPUT]
# Needs Python 3.10 or newer. The tool that requirements.txt pins goes to
# target/sdk-examples.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
examples=$(dirname "$here")
work=$(cd "$examples/../.." && pwd)/target/sdk-examples/python
output=${1:-$work/example-python.wasm}
. "$examples/pack.sh"

mkdir -p "$work/app"
if ! cmp -s "$here/requirements.txt" "$work/installed"; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
        --only-binary :all: -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$work/installed"
fi
# Alone in its folder: everything in the folder goes into the component.
cp "$here/app.py" "$work/app/"
# All of WASI is left out: the component imports the plugin interfaces and
# nothing else, so that the manifest has no part of WASI to name.
"$work/venv/bin/componentize-py" --quiet --wit-path "$examples/../wit/v1/plugin.wit" \
    --world driver componentize --python-path "$work/app" --stub-wasi app \
    --output "$work/bare.wasm"
pack "$work/bare.wasm" "$here/plugin.toml" "$output"
