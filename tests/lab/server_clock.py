#!/usr/bin/env python3
"""Compares tacho's clock with vLLM's own, workload by workload, in one run.

    tests/lab/server_clock.py URL [TACHO]

vLLM states no times in its answers, but counts them in /metrics. Between two
readings of it one workload is run; the server's decode time of all requests
stands beside the client's (last token less first, all samples, warm-up too).
"""

import json
import subprocess
import sys
import tempfile
import urllib.request

DECODE = "vllm:request_decode_time_seconds"
TTFT = "vllm:time_to_first_token_seconds"


def counters(url):
    text = urllib.request.urlopen(url + "/metrics", timeout=10).read().decode()
    found = {}
    for line in text.splitlines():
        name = line.split("{")[0]
        if name in (DECODE + "_sum", DECODE + "_count", TTFT + "_sum"):
            found[name] = float(line.rsplit(" ", 1)[1])
    return found


def main():
    url = sys.argv[1].rstrip("/")
    tacho = sys.argv[2] if len(sys.argv) > 2 else "target/release/tacho"
    print("| workload | requests | decode, server s | decode, client s | client/server | TTFT, client less server ms | cached tokens | of prompt | lengths exact |")
    print("|---|---|---|---|---|---|---|---|---|")
    worst = 0.0
    for workload in ("W1", "W2", "W3", "W4", "W5"):
        before = counters(url)
        with tempfile.NamedTemporaryFile(suffix=".json") as out:
            command = [tacho, "run", "suite-v2", "--quick", "--budget", "600", "--url", url]
            command += ["--workload", workload, "--json", out.name]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            result = json.load(open(out.name))
        after = counters(url)
        change = {name: after[name] - before[name] for name in after}
        samples = [s for s in result["workloads"][0]["samples"] if s["status"] == "ok"]
        many = [s for s in samples if s["tokens"]["output"] > 1]
        client = sum(s["times"]["last_token_ns"] - s["times"]["first_token_ns"] for s in many) / 1e9
        server = change[DECODE + "_sum"]
        asked = int(change[DECODE + "_count"])
        if asked != len(samples):
            sys.exit(f"{workload}: the server counted {asked} requests, the result has {len(samples)}")
        first = sum(s["times"]["first_token_ns"] - s["times"]["sent_ns"] for s in samples) / 1e9
        late = (first - change[TTFT + "_sum"]) / len(samples) * 1e3
        cached = sum(s["tokens"]["cached"] or 0 for s in samples)
        prompt = sum(s["tokens"]["prompt"] for s in samples)
        exact = all(s["tokens"]["output"] == s["tokens"]["requested"] for s in samples)
        worst = max(worst, abs(client / server - 1))
        print(f"| {workload} | {asked} | {server:.3f} | {client:.3f} | {client / server:.4f} | {late:.2f} | {cached} | {cached / prompt:.1%} | {exact} |", flush=True)
    print(f"\nlargest difference: {worst:.2%}")


main()
