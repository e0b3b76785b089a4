#!/usr/bin/env python3
"""Fits of our Gaussian processes against scikit-learn's, in one run on one machine.

    python3 -m venv .venv && .venv/bin/pip install scikit-learn
    cd Benchmarks && swift build -c release --product gp-benchmark
    ../.venv/bin/python compare_scikit_learn.py [PROGRAM] [ROUNDS]

Both fit the same data (cart-pole, 4 outputs, 6 inputs) with a squared exponential of a lengthscale
an input plus noise, on standardised inputs and targets; scikit-learn with its default optimiser and
no restarts. Ours are fitted as `handful run` fits, with barriers that keep lengthscales within a hundred
standard deviations; the last column is without (from 1e-5 to 1e5, as scikit-learn's by default).
Likelihoods are compared in standardised targets. Rounds alternate, so that a busy machine slows both.
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
    start, values = time.perf_counter(), []
    for output in range(4):
        kernel = ConstantKernel(1) * RBF(np.ones(6)) + WhiteKernel(0.01)
        process = GaussianProcessRegressor(kernel=kernel, alpha=0).fit(inputs, targets[:, output])
        values.append(process.log_marginal_likelihood_value_)
    return time.perf_counter() - start, values


warnings.filterwarnings("ignore")
rounds = []
for _ in range(ROUNDS):
    rounds.append([(fit, *theirs(fit)) for fit in ours()])
wide = ours("--wide")
print(f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, {ROUNDS} rounds; seconds\n")
print("| N | ours, least / median | scikit-learn, least / median | times faster | "
      "log likelihood ours − theirs, an output | without barriers |")
print("| --- | --- | --- | --- | --- | --- |")
for index in range(4):
    fits = [a_round[index] for a_round in rounds]
    own = np.concatenate([fit["seconds"] for fit, _, _ in fits])
    other = np.array([seconds for _, seconds, _ in fits])
    fit, _, values = fits[0]
    scales = np.array(fit["targets"]).std(0)
    gains, free = (
        np.array(one["logMarginalLikelihoods"]) + fit["count"] * np.log(scales) - values
        for one in (fit, wide[index]))
    print(f"| {fit['count']} | {own.min():.4f} / {np.median(own):.4f} "
          f"| {other.min():.2f} / {np.median(other):.2f} "
          f"| {np.median(other) / np.median(own):.0f} "
          f"| {', '.join(f'{g:+.2f}' for g in gains)} "
          f"| {', '.join(f'{g:+.2f}' for g in free)} |")
