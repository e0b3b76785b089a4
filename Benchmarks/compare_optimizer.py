#!/usr/bin/env python3
"""CMA-ES beside PyPI's cma: evaluations to 1e-8 and the optimiser's own time a candidate.

    python3 -m venv venv && venv/bin/pip install cma==4.5.0
    swift build -c release --product optimizer-benchmark
    venv/bin/python compare_optimizer.py [--seeds N] [--dimensions 5,20,50] [--form full|diagonal]

Both start at the same places with the same step sizes and populations; pycma has its defaults, but on
Rastrigin the tutorial's damping of the step size (pycma damps large populations differently since
4.0). Only runs that reach 1e-8 count.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import time
import warnings

import cma
import numpy as np

PROGRAM = pathlib.Path(__file__).parent / ".build/release/optimizer-benchmark"
# function: start, step size, population by dimensions (0: the default), runs by dimensions
CASES = {
    "sphere": (1, 0.5, {}, {}),
    "ellipsoid": (1, 0.5, {}, {}),
    "rosenbrock": (0, 0.5, {}, {}),
    "rastrigin": (3, 2, {5: 60, 20: 300, 50: 800}, {5: 101, 20: 25, 50: 9}),
}


def function(name, n):
    scales = 10 ** (6 * np.arange(n) / (n - 1))
    return {
        "sphere": lambda x: float(np.dot(x, x)),
        "ellipsoid": lambda x: float(np.dot(scales * x, x)),
        "rosenbrock": lambda x: float(
            np.sum(100 * (x[:-1] ** 2 - x[1:]) ** 2 + (x[:-1] - 1) ** 2)),
        "rastrigin": lambda x: float(10 * n + np.sum(x ** 2 - 10 * np.cos(2 * np.pi * x))),
    }[name]


def peer(name, n, start, step, population, seeds, form):
    runs = []
    for seed in range(1, seeds + 1):
        options = {"seed": seed, "ftarget": 1e-8, "verbose": -9, "maxfevals": 3_000_000,
                   "CMA_diagonal": form == "diagonal"}
        if population:
            options["popsize"] = population
        search = cma.CMAEvolutionStrategy(n * [start], step, options)
        if name == "rastrigin":
            search.adapt_sigma.cs = (search.sp.weights.mueff + 2) / (n + search.sp.weights.mueff + 5)
            search.adapt_sigma.damps = (
                1 + search.adapt_sigma.cs
                + 2 * max(0, ((search.sp.weights.mueff - 1) / (n + 1)) ** 0.5 - 1))
        value = function(name, n)
        spent = 0.0
        while not search.stop():
            since = time.process_time()
            candidates = search.ask()
            spent += time.process_time() - since
            values = [value(np.asarray(x)) for x in candidates]
            since = time.process_time()
            search.tell(candidates, values)
            spent += time.process_time() - since
        runs.append({"solved": "ftarget" in search.stop(), "evaluations": search.countevals,
                     "overhead": spent / search.countevals})
    return runs


def ours(name, n, start, step, population, seeds, form):
    output = subprocess.run(
        [PROGRAM, name, str(n), str(start), str(step), str(population), str(seeds),
         "--form", form],
        check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def summary(runs):
    solved = [run["evaluations"] for run in runs if run["solved"]]
    return (statistics.median(solved) if solved else float("nan"), len(solved),
            statistics.median(run["overhead"] for run in runs) * 1e6)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=15)
    parser.add_argument("--dimensions", default="5,20,50")
    parser.add_argument("--form", default="full", choices=["full", "diagonal"])
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| function | dimensions | evaluations (runs solved) | pycma | ratio "
          "| µs a candidate | pycma | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for n in (int(text) for text in arguments.dimensions.split(",")):
        for name, (start, step, populations, counts) in CASES.items():
            # Rosenbrock's valley is one of two variables together: variances alone don't show it.
            if arguments.form == "diagonal" and name not in ("sphere", "ellipsoid"):
                continue
            runs = counts.get(n, arguments.seeds)
            case = (name, n, start, step, populations.get(n, 0), runs, arguments.form)
            median, solved, overhead = summary(ours(*case))
            peer_median, peer_solved, peer_overhead = summary(peer(*case))
            print(f"| {name} | {n} | {median:.0f} ({solved} of {runs}) "
                  f"| {peer_median:.0f} ({peer_solved}) | {median / peer_median:.2f} "
                  f"| {overhead:.2f} | {peer_overhead:.1f} | {peer_overhead / overhead:.0f} |",
                  flush=True)


if __name__ == "__main__":
    main()
