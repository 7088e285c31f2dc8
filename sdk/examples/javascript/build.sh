#!/bin/sh
# Builds the example driver in JavaScript: build.sh [OUTPUT]
# Needs Node.js 20 or newer, and tacho or Python 3. The tools that
# package-lock.json pins go to target/sdk-examples.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
examples=$(dirname "$here")
work=$(cd "$examples/../.." && pwd)/target/sdk-examples/javascript
output=${1:-$work/example-javascript.wasm}
. "$examples/pack.sh"

mkdir -p "$work"
cp "$here/package.json" "$here/package-lock.json" "$here/componentize.js" "$work/"
# No package of these needs to run anything to be installed.
if ! cmp -s "$work/package-lock.json" "$work/installed"; then
    (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund)
    cp "$work/package-lock.json" "$work/installed"
fi
node "$work/componentize.js" "$here/driver.js" "$examples/../wit/v1/plugin.wit" "$work/bare.wasm"
pack "$work/bare.wasm" "$here/plugin.toml" "$output"
