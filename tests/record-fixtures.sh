#!/bin/sh
# Records tests/fixtures/runs anew: short sealed runs against real servers with
# generated weights, as evidence that must stay readable. Needed when the pin of
# suite-v2 changes before its first release.
set -eu
cd "$(dirname "$0")/.."
tests/lab/install.sh mlx
lab=${TACHO_LAB:-$PWD/target/lab}
home=$(mktemp -d)
# Servers name the path of their model; the tapes should name no one's folders.
cp -r "$lab/models" "$home/models"
trap 'kill $server 2>/dev/null; rm -rf "$home"' EXIT

wait_for() {
    for _ in $(seq 300); do
        if "$lab/venv/bin/python" -c "import urllib.request; urllib.request.urlopen('$1/v1/models', timeout=2)" 2>/dev/null; then return; fi
        sleep 0.2
    done
    echo "no server at $1" >&2
    exit 1
}

record() { # name, url, workloads
    TACHO_HOME=$home target/release/tacho run suite-v2 --quick --workload "$3" --budget 300 \
        --max-tokens 48 --url "$2" >/dev/null
    folder=$(ls -td "$home"/data/runs/* | head -1)
    rm -rf "tests/fixtures/runs/$1"
    mkdir -p tests/fixtures/runs
    cp -r "$folder" "tests/fixtures/runs/$1"
}

"$lab/venv/bin/python" tests/lab/llama_http.py --port 18180 --model "$home/models/tiny.gguf" \
    --ctx 16384 --parallel 4 >/dev/null 2>&1 &
server=$!
wait_for http://127.0.0.1:18180
record llama-server http://127.0.0.1:18180 W1,W4
kill $server

export HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 HF_HUB_DISABLE_TELEMETRY=1 HF_HOME="$lab/hf-home"
mkdir -p "$HF_HOME/hub"
"$lab/mlx-venv/bin/python" -m mlx_lm server --model "$home/models/tiny-hf" --host 127.0.0.1 \
    --port 18190 --prompt-cache-size 0 >/dev/null 2>&1 &
server=$!
wait_for http://127.0.0.1:18190
record mlx-lm http://127.0.0.1:18190 W1
