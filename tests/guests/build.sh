#!/bin/sh
# Builds the hostile guests and copies them to tests/fixtures/guests.
# They are checked in, so that the tests of the sandbox need no wasm toolchain.
set -eu
cd "$(dirname "$0")/../.."
for name in hostile-driver hostile-workload hostile-sockets; do
    cargo build --profile plugin --target wasm32-wasip2 -p "$name"
    file=$(echo "$name" | tr - _)
    cp "target/wasm32-wasip2/plugin/$file.wasm" "tests/fixtures/guests/$name.wasm"
done
