#!/bin/sh
# suite-v2 end to end against every real server that runs on a plain CPU:
# llama.cpp, mlx-lm and vLLM, with generated weights. Prints one table.
#
# llama.cpp and vLLM have the same weights. mlx-lm has a model of one layer: on a
# processor it takes 20 minutes for the tiny one (TACHO_MLX_MODEL=tiny-hf).
#
#   tests/lab/every_server.sh --quick --budget 300   every workload whole, 12 minutes on two cores
#   tests/lab/every_server.sh --quick                what fits 20 s each, 4 minutes
#
# vLLM is 6 GB; `tests/lab/install.sh mlx vllm` has to have put the servers there.
set -eu
cd "$(dirname "$0")/../.."
lab=${TACHO_LAB:-$PWD/target/lab}
export HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 HF_HUB_DISABLE_TELEMETRY=1 HF_HOME="$lab/hf-home"
mkdir -p "$HF_HOME/hub" "$lab/logs"
servers=''
trap 'kill $servers 2>/dev/null' EXIT

start() { # name, command...
    name=$1
    shift
    "$@" >"$lab/logs/$name.log" 2>&1 &
    servers="$servers $!"
}

start llama.cpp "$lab/venv/bin/python" tests/lab/llama_http.py --port 18080 \
    --model "$lab/models/tiny.gguf" --ctx 327680 --parallel 4
start mlx-lm "$lab/mlx-venv/bin/python" -m mlx_lm server --model "$lab/models/${TACHO_MLX_MODEL:-nano-hf}" \
    --host 127.0.0.1 --port 18090
start vllm env VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 VLLM_CPU_KVCACHE_SPACE=1 \
    VLLM_HOST_IP=127.0.0.1 VLLM_CACHE_ROOT="$lab/vllm-cache" \
    "$lab/vllm-venv/bin/python" -m vllm.entrypoints.openai.api_server \
    --model "$lab/models/tiny-hf" --served-model-name tiny --host 127.0.0.1 --port 18100 \
    --max-model-len 131072 --max-num-seqs 16 --dtype float32 --enforce-eager \
    --enable-prompt-tokens-details --enable-auto-tool-choice --tool-call-parser hermes

for port in 18080 18090 18100; do
    echo "waiting for the server on port $port" >&2
    tries=0
    until curl -sf -o /dev/null "http://127.0.0.1:$port/health"; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || { echo "no server on port $port; see $lab/logs" >&2; exit 1; }
        sleep 1
    done
done

urls=http://127.0.0.1:18080,http://127.0.0.1:18090,http://127.0.0.1:18100
target/release/tacho detect --url $urls
target/release/tacho run suite-v2 --all-backends --url $urls "$@"
