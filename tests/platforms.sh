#!/bin/sh
# Whether the code compiles for macOS and Windows, as far as the compiler of this
# machine can tell: types and borrows of every crate, and nothing is linked. The C
# code of dependencies is left out, so no other system's tools are needed.
#
#   tests/platforms.sh [TARGET...]
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- aarch64-apple-darwin x86_64-pc-windows-gnu

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
# They make an empty file where a compiler and an archiver would make a full one.
cat >"$tools/cc" <<'CC'
#!/bin/sh
out=
for word; do
    [ "$out" != next ] || { : >"$word"; exit 0; }
    [ "$word" != -o ] || out=next
done
CC
cat >"$tools/ar" <<'AR'
#!/bin/sh
for word; do case $word in *.a | *.lib) : >"$word" ;; esac; done
AR
chmod +x "$tools/cc" "$tools/ar"

for target; do
    printf '\n== %s\n' "$target"
    rustup target add "$target"
    suffix=$(printf %s "$target" | tr - _)
    export "CC_$suffix=$tools/cc" "CXX_$suffix=$tools/cc" "AR_$suffix=$tools/ar"
    cargo check --locked --workspace --target "$target"
done
