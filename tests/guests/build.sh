#!/bin/sh
# Builds the hostile and the wrong guests and copies them to tests/fixtures/guests.
# They are checked in, so that the tests of the sandbox need no wasm toolchain.
# Paths of the building machine are remapped, as in suites/build-plugins.sh.
set -eu
cd "$(dirname "$0")/../.."
remap="--remap-path-prefix=$PWD=/src"
remap="$remap --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
remap="$remap --remap-path-prefix=$(rustc --print sysroot)=/rust"
for name in hostile-driver hostile-workload hostile-sockets wrong-driver; do
    RUSTFLAGS="$remap" cargo build --profile plugin --target wasm32-wasip2 -p "$name"
    file=$(echo "$name" | tr - _)
    cp "target/wasm32-wasip2/plugin/$file.wasm" "tests/fixtures/guests/$name.wasm"
done
