#!/bin/sh
# Switches off one defence after the other and expects its tests to fail; a test
# that does not is a hole. Prints a table, as docs/trust.md keeps it.
#
#   tests/mutations/run.sh [PATCH…]
#   tests/mutations/run.sh --check    only that every patch still applies
#
# MUTATIONS_CARGO replaces the command that runs the tests.
set -eu
cd "$(dirname "$0")/../.."
if [ "${1:-}" = --check ]; then
    # Each on its own: several change the same line.
    for patch in tests/mutations/*.patch; do
        git apply --check "$patch" || { echo "$patch: mend it where the code moved" >&2; exit 1; }
    done
    exit 0
fi
test=${MUTATIONS_CARGO:-cargo test --release --locked -p tachograph-update --test attacks}
log=$(mktemp)
applied=
trap '[ -z "$applied" ] || git apply -R "$applied"; rm -f "$log"' EXIT
trap 'exit 130' INT TERM HUP

[ $# -gt 0 ] || set -- tests/mutations/*.patch
field() { sed -n "s/^$2: //p" "$1"; }
holes=0
printf '| attack | switched off | what then fails |\n|---|---|---|\n'
for patch; do
    git apply "$patch"
    applied=$patch
    # A mutant that does not compile proves nothing.
    $test --no-run >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
    # shellcheck disable=SC2046
    if $test -- --exact $(field "$patch" Tests) >"$log" 2>&1; then
        outcome='**nothing: a hole**'
        holes=$((holes + 1))
    else
        outcome=$(sed -n 's/^test \(.*\) \.\.\. FAILED$/`\1`/p' "$log" | sort | paste -sd, | sed 's/,/, /g')
        [ -n "$outcome" ] || { cat "$log" >&2; exit 1; }
    fi
    git apply -R "$patch"
    applied=
    printf '| %s | %s | %s |\n' "$(field "$patch" Attack)" "$(field "$patch" Defence)" "$outcome"
done
[ "$holes" = 0 ] || { echo "$holes defences are not tested" >&2; exit 1; }
