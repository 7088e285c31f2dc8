#!/bin/sh
# Runs each fuzz target for some seconds (60 if not given), one after another, and
# stops at the first crash.
#
#   tests/fuzz/run.sh [SECONDS [TARGET...]]
set -eu
cd "$(dirname "$0")"

seconds=${1:-60}
case $seconds in '' | *[!0-9]*) echo "usage: $0 [SECONDS [TARGET...]]" >&2; exit 2 ;; esac
[ $# -eq 0 ] || shift
if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
    echo 'this needs nightly and cargo-fuzz: rustup toolchain install nightly; cargo install cargo-fuzz' >&2
    exit 1
fi
[ $# -gt 0 ] || set -- $(sed -n 's|^path = "fuzz_targets/\(.*\)\.rs"$|\1|p' Cargo.toml)

for target in "$@"; do
    printf '\n== %s\n' "$target"
    mkdir -p "corpus/$target"
    if ! cargo +nightly fuzz run "$target" "corpus/$target" "seeds/$target" -- \
        -max_total_time="$seconds" -print_final_stats=1; then
        echo "$target crashed; its input is in tests/fuzz/artifacts/$target" >&2
        exit 1
    fi
done
# Slow ones, once each.
case " $* " in *' tape '*) cargo +nightly fuzz run tape seeds/tape-bombs/* ;; esac
