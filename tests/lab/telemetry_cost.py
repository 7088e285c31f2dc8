#!/usr/bin/env python3
"""What watching the machine takes from decode: runs of W1 on one built-in engine,
with and without telemetry, in the order A B B A.

    tests/lab/telemetry_cost.py [BLOCKS]

Prints the ratio of the decode rates with its 95 % interval over the blocks,
and the processor time that the sampler stated.
"""
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile

TACHO = os.path.join(os.path.dirname(__file__), "../../target/release/tacho")
BLOCKS = int(sys.argv[1]) if len(sys.argv) > 1 else 8
# Two-sided 95 % points of Student's t for 1, 2, ... degrees of freedom.
T = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179]

home = tempfile.TemporaryDirectory()
env = dict(os.environ, TACHO_HOME=home.name, NO_COLOR="1")
engine = subprocess.Popen([TACHO, "engine", "--port", "0", "--until-stdin-closes"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
url = engine.stdout.readline().split()[1]


def run(hz):
    out = os.path.join(home.name, "out.json")
    subprocess.run([TACHO, "run", "--quick", "--workload", "W1", "--iterations", "5", "--url", url,
                    "--backend", "openai-compatible", "--telemetry", str(hz), "--json", out],
                   env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(out, encoding="utf-8") as file:
        result = json.load(file)
    watched = result.get("telemetry") or {}
    return (result["workloads"][0]["report"]["summary"]["decode_tps"]["value"],
            watched.get("cost", {}).get("core_share_ppm"))


run(0)
logs, costs, apart = [], [], []
for _ in range(BLOCKS):
    rates = {0: [], 10: []}
    for hz in (0, 10, 10, 0):
        rate, cost = run(hz)
        rates[hz].append(rate)
        costs += [cost] if cost is not None else []
    logs.append(statistics.mean(map(math.log, rates[10])) - statistics.mean(map(math.log, rates[0])))
    apart.append(abs(math.log(rates[0][0] / rates[0][1])))
    print(f"off {rates[0][0]:.1f} {rates[0][1]:.1f}  on {rates[10][0]:.1f} {rates[10][1]:.1f} tok/s", flush=True)
engine.stdin.close()
mean = statistics.mean(logs)
half = T[min(len(logs) - 2, len(T) - 1)] * statistics.stdev(logs) / math.sqrt(len(logs))
print(f"with over without: {math.exp(mean):.4f} ({math.exp(mean - half):.4f} to {math.exp(mean + half):.4f}), "
      f"{len(logs)} blocks; two runs without differ by {statistics.median(apart):.1%} (median)")
print(f"the sampler took {statistics.median(costs) / 1e4:.2f} % of a core (median of {len(costs)} runs)")
