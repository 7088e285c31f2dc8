#!/bin/sh
# Builds the official plugins reproducibly and pins them.
#
#   suites/build-plugins.sh           build, copy into suites/blobs, pin the manifests
#   suites/build-plugins.sh --check   build, and fail when a manifest pins other bytes
#
# A pin is for ever, and sources move on: host-only code in a shared crate changes
# the bytes of a plugin without changing what it computes. --check therefore builds
# the sources that the pinned plugins were built from, the commit in suites/SOURCE.
# After pinning anew: commit, then git rev-parse HEAD >suites/SOURCE.
#
# What makes the build reproducible: the toolchain is pinned by
# rust-toolchain.toml, the dependencies by Cargo.lock (--locked), the profile
# `plugin` uses one codegen unit and strips names, and every path that could
# reach the component (checkout, cargo home, toolchain) is remapped.
# A pinned manifest has to be signed again: tacho suite sign --key FILE MANIFEST
set -eu
cd "$(dirname "$0")/.."
check=${1:-}
case $check in '' | --check) ;; *) echo "usage: $0 [--check]" >&2; exit 2 ;; esac
plugins='driver-anthropic driver-exllamav2 driver-llama-cpp driver-lm-studio driver-mlx driver-ollama
driver-openai-compatible driver-sglang driver-vllm workload-agent-trace workload-breakdown
workload-chat workload-concurrent-decode workload-endurance workload-long-context-decay
workload-memory-profile workload-prompt-latency workload-sequence-sweep workload-throughput-modes'

root=$PWD
if [ "$check" = --check ]; then
    commit=$(cat suites/SOURCE)
    if ! git cat-file -e "$commit^{commit}" 2>/dev/null; then
        echo "NOT CHECKED: this clone does not have $commit, from which the plugins were built" >&2
        exit 0
    fi
    source=$root/target/plugin-source
    git worktree remove --force "$source" 2>/dev/null || true
    git worktree prune
    git worktree add --quiet --detach "$source" "$commit"
    trap 'git -C "$root" worktree remove --force "$source"' EXIT
    export CARGO_TARGET_DIR="$root/target"
    cd "$source"
fi
remap="--remap-path-prefix=$PWD=/src"
remap="$remap --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
remap="$remap --remap-path-prefix=$(rustc --print sysroot)=/rust"
packages=''
for plugin in $plugins; do packages="$packages -p $plugin"; done
# shellcheck disable=SC2086 # a list of words
RUSTFLAGS="$remap" cargo build --quiet --locked --profile plugin --target wasm32-wasip2 $packages
cd "$root"

components=''
for plugin in $plugins; do
    components="$components target/wasm32-wasip2/plugin/$(echo "$plugin" | tr - _).wasm"
done
tacho=${TACHO:-cargo run --quiet --release --locked --bin tacho --}
for manifest in suites/suite-v1/suite.toml suites/suite-v2/suite.toml suites/profile-v1/suite.toml; do
    if [ "$check" = --check ]; then
        # shellcheck disable=SC2086
        $tacho suite pin --check "$manifest" $components
    else
        # shellcheck disable=SC2086
        $tacho suite pin --blobs suites/blobs "$manifest" $components
    fi
done
