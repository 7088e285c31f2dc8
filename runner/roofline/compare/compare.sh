#!/bin/sh
# Holds the bandwidth probe against a C loop and mbw, taking turns, so that all
# see the same machine.
#
#   apt-get install gcc mbw
#   cargo build --release -p tachograph-roofline --example bandwidth
#   chrt --fifo 10 runner/roofline/compare/compare.sh [TURNS]
#
# `chrt` keeps neighbours off the processors; it can be left out on a quiet machine.
#
# mbw copies with one thread and counts a copied byte once, in MiB: its MEMCPY
# figure × 2 × 1.048576 / 1000 is the GB/s of the kernel "copy".
set -eu
here=$(dirname "$0")
probe=$here/../../../target/release/examples/bandwidth
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# On x86, 512-bit registers read more slowly than 256-bit ones.
case $(uname -m) in x86_64) width=-mprefer-vector-width=256 ;; *) width= ;; esac
cc -O3 -march=native $width -fopenmp "$here/stream.c" -o "$work/stream"
threads=$(nproc)
turn=0
while [ "$turn" -lt "${1:-5}" ]; do
    turn=$((turn + 1))
    "$probe" --kernel read --kernel copy --kernel triad | sed "s/^/$turn probe  /"
    OMP_NUM_THREADS=$threads "$work/stream" 128 20 | sed "s/^/$turn stream /"
    "$probe" --threads 1 --kernel copy | sed "s/^/$turn probe  /"
    mbw -q -n 20 -t 0 128 | awk -v turn="$turn" '
        /^[0-9]/ { if ($9 > best) best = $9 }
        END { printf "%d mbw    copy  threads 1 best %.2f GB/s\n", turn, best * 2 * 1.048576 / 1000 }'
done
