# Sourced by the build scripts: pack COMPONENT PLUGIN_TOML OUTPUT.
# `tacho plugin pack` also checks what it packs; without a `tacho` (in $TACHO, or
# in PATH) the script does.
pack() {
    tacho=${TACHO:-$(command -v tacho || true)}
    if [ -n "$tacho" ]; then
        "$tacho" plugin pack "$1" --manifest "$2" --output "$3"
    else
        python3 "$examples/embed.py" "$1" "$2" "$3"
    fi
}
