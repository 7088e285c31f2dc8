#!/usr/bin/env python3
"""The built-in engine beside llama.cpp, on one shape and precision, in one run.

    cargo build --release -p tachograph-engine --example serve
    tests/lab/install.sh
    target/lab/venv/bin/python tests/lab/compare_engine.py [ROUNDS]

Both serve a model of the engine's default shape in F32 with two threads, and
take turns; each states its own time (`timings`). Prints tokens per second.
"""
import json
import os
import statistics
import subprocess
import sys
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LAB = os.environ.get("TACHO_LAB", os.path.join(ROOT, "target", "lab"))
MODEL = os.path.join(LAB, "models", "engine-shape-f32.gguf")
PORTS = {"llama.cpp": 18601, "engine": 18602}
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 6


def post(port, path, body):
    data = json.dumps(body).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["timings"]


if not os.path.exists(MODEL):
    shape = "--layers 4 --dim 256 --heads 8 --kv-heads 2 --ff 1280 --vocab 4096 --ctx 131072"
    maker = [sys.executable, os.path.join(HERE, "make_tiny_gguf.py"), *shape.split()]
    subprocess.run([*maker, "--quant", "F32", "--out", MODEL], check=True)
servers = [
    subprocess.Popen(
        [sys.executable, os.path.join(HERE, "llama_http.py"), "--port", "18601",
         "--model", MODEL, "--ctx", "8192", "--threads", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ),
    subprocess.Popen(
        [os.path.join(ROOT, "target/release/examples/serve"), "18602", "--threads", "2"],
        stdout=subprocess.PIPE,
    ),
]
speeds = {}
try:
    for server in servers:
        server.stdout.readline()
    for turn in range(ROUNDS):
        for depth in (128, 2048):
            prompt = [16 + (i * 31 + turn * 7) % 4000 for i in range(depth)]
            common = {"prompt": prompt, "ignore_eos": True, "cache_prompt": False}
            answers = {
                "llama.cpp": post(PORTS["llama.cpp"], "/completion",
                                  {**common, "n_predict": 256, "temperature": 0}),
                "engine": post(PORTS["engine"], "/v1/completions", {**common, "max_tokens": 256}),
            }
            for name, timings in answers.items():
                for what in ("predicted", "prompt"):
                    key = (what, depth, name)
                    speeds.setdefault(key, []).append(timings[f"{what}_per_second"])
finally:
    for server in servers:
        server.terminate()
for (what, depth, name), seen in sorted(speeds.items()):
    kind = {"predicted": "decode after", "prompt": "prefill of"}[what]
    print(f"{kind} {depth}: {name} median {statistics.median(seen):.0f} best {max(seen):.0f}")
