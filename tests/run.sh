#!/bin/sh
# Every test, as CI runs them. Installs a real llama.cpp server from PyPI into
# target/lab; everything else comes with the checkout and rust-toolchain.toml.
set -eu
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$1"; }

step 'format'
cargo fmt --all --check
step 'a real llama.cpp server'
tests/lab/install.sh
step 'build'
# The program and every test in one go, so that each crate is built once.
cargo test --release --locked --workspace --no-run
step 'tests'
# One test at a time: they share two cores with the servers they measure.
RUST_TEST_THREADS=1 cargo test --release --locked --workspace
step 'the official plugins are what their source builds'
TACHO=target/release/tacho suites/build-plugins.sh --check
step 'clippy'
cargo clippy --release --locked --workspace --all-targets -- -D warnings
