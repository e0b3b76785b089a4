#!/usr/bin/env python3
"""Fits of our Gaussian processes against scikit-learn's, in one run on one machine.

    python3 -m venv .venv && .venv/bin/pip install scikit-learn
    cd Benchmarks && swift build -c release --product gp-benchmark
    ../.venv/bin/python compare_scikit_learn.py [PROGRAM] [ROUNDS]

Both fit the same data (cart-pole, 4 outputs, 6 inputs) with a squared exponential of a lengthscale
an input plus noise, on standardised inputs and targets; scikit-learn with its default optimiser and
no restarts. Ours are fitted alike (one start, hyperparameters from 1e-5 to 1e5 standard deviations) and
as `handful run` fits (three starts up to 300 points, and barriers that keep lengthscales within a hundred
standard deviations). Likelihoods are compared in standardised targets. Rounds alternate, so that a busy
machine slows all; on a busy one, OPENBLAS_NUM_THREADS=1 keeps its threads from waiting for each other, and
processor times tell more than those by the wall clock.
"""
import json
import subprocess
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else ".build/release/gp-benchmark"
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3


def ours(*options):
    run = subprocess.run([PROGRAM, "fits", *options], check=True, capture_output=True)
    return json.loads(run.stdout)


def theirs(fit):
    inputs, targets = np.array(fit["inputs"]), np.array(fit["targets"])
    inputs = (inputs - inputs.mean(0)) / inputs.std(0)
    targets = (targets - targets.mean(0)) / targets.std(0)
    start, begun, values = time.perf_counter(), time.process_time(), []
    for output in range(4):
        kernel = ConstantKernel(1) * RBF(np.ones(6)) + WhiteKernel(0.01)
        process = GaussianProcessRegressor(kernel=kernel, alpha=0).fit(inputs, targets[:, output])
        values.append(process.log_marginal_likelihood_value_)
    return time.perf_counter() - start, time.process_time() - begun, values


warnings.filterwarnings("ignore")
rounds = []
for _ in range(ROUNDS):
    alike, default = ours("--alike"), ours()
    rounds.append([(*fits, *theirs(fits[0])) for fits in zip(alike, default)])
print(f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, {ROUNDS} rounds; least / median\n")
print("| N | ours, alike, ms | ours, default, ms | scikit-learn, s | times faster, alike (default) "
      "| of processor time | log likelihood ours − theirs, an output, alike | default |")
print("| --- | --- | --- | --- | --- | --- | --- | --- |")
for index in range(4):
    fits = [a_round[index] for a_round in rounds]
    own, cost = ([np.concatenate([fit[place][key] for fit in fits]) for place in (0, 1)]
                 for key in ("seconds", "processorSeconds"))
    other, charged = (np.array([fit[place] for fit in fits]) for place in (2, 3))
    values = fits[0][4]
    gains = []
    for fit in fits[0][:2]:
        scales = np.array(fit["targets"]).std(0)
        gains.append(
            np.array(fit["logMarginalLikelihoods"]) + fit["count"] * np.log(scales) - values)
    cells = [str(fits[0][0]["count"])]
    cells += [f"{1000 * times.min():.2f} / {1000 * np.median(times):.2f}" for times in own]
    cells.append(f"{other.min():.2f} / {np.median(other):.2f}")
    for theirs_took, ours_took in ((other, own), (charged, cost)):
        ratios = [np.median(theirs_took) / np.median(times) for times in ours_took]
        cells.append(f"{ratios[0]:.0f} ({ratios[1]:.0f})")
    cells += [", ".join(f"{gain:+.3f}" for gain in one) for one in gains]
    print("| " + " | ".join(cells) + " |")
