#!/usr/bin/env python3
"""Pendulum swing-up with the built program, over the serial line, for many seeds.

Runs `handful run --port sim` once a seed, each in a store of its own, and prints a table of the trial
that solved the task, what the robot moved and what a person waited. With --prior-error 0.5 the robot
file's prior has its mass and length each wrong by a factor drawn evenly from 0.5 to 1.5 (by the
seed), and the algorithm is gp-mi. Nothing but Python's standard library is needed.

    make && Benchmarks/pendulum_over_serial.py --seeds 1-20 --trials 8
    Benchmarks/pendulum_over_serial.py --seeds 1-20 --trials 8 --prior-error 0.5
"""

import argparse
import json
import pathlib
import random
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def wrong_robot(seed: int, error: float, folder: pathlib.Path) -> tuple[pathlib.Path, str]:
    """The robot file with a prior whose mass and length are wrong, and what they are."""
    draw = random.Random(seed)
    mass, length = (1 + error * draw.uniform(-1, 1) for _ in range(2))
    text = (ROOT / "calibration/pendulum/robot.yaml").read_text()
    for name, unit, value in (("mass", "kg", mass), ("length", "m", length)):
        old = f"{name}: {{ nominal: 1 {unit}"
        assert text.count(old) == 1, f"the robot file's prior has changed: {old}"
        text = text.replace(old, f"{name}: {{ nominal: {value:.4f} {unit}")
    path = folder / "robot.yaml"
    path.write_text(text)
    return path, f"{mass:.2f} kg, {length:.2f} m"


def run(seed: int, options: argparse.Namespace, folder: pathlib.Path) -> dict:
    robot, prior = ROOT / "calibration/pendulum", ""
    algorithm = "black-drops"
    if options.prior_error > 0:
        robot, prior = wrong_robot(seed, options.prior_error, folder)
        algorithm = "gp-mi"
    command = [
        str(options.handful), "run", "--robot", str(robot), "--task", "swing-up", "--port", "sim",
        "--speed", str(options.speed), "--algorithm", algorithm, "--trials", str(options.trials),
        "--seed", str(seed), "--store", str(folder / f"seed-{seed}.sqlite"), "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        raise SystemExit(f"seed {seed}: exit code {done.returncode}\n{done.stderr}")
    result = json.loads(done.stdout)
    result["prior"] = prior
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="1-20")
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--speed", type=float, default=50)
    parser.add_argument("--prior-error", type=float, default=0)
    parser.add_argument("--handful", default=ROOT / ".build/release/handful")
    options = parser.parse_args()
    first, last = (int(part) for part in (options.seeds.split("-") * 2)[:2])
    solved, waits = [], []
    print("seed  solved at  on the robot  waits between trials    missed deadlines  prior")
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, last + 1):
            result = run(seed, options, pathlib.Path(folder))
            pauses = [e["fitSeconds"] + e["searchSeconds"] for e in result["episodes"]]
            missed = sum(t["timing"]["missedDeadlines"] for t in result["trials"])
            deadlines = sum(t["timing"]["deadlines"] for t in result["trials"])
            at = result.get("solvedAtTrial")
            solved.append(at)
            waits += pauses
            print(
                f"{seed:4}  {at or '-':>9}  {result['interactionSeconds']:10.1f} s  "
                f"{', '.join(f'{p:.1f} s' for p in pauses):22}  {missed} of {deadlines:<11}  "
                f"{result['prior']}",
                flush=True,
            )
    count = len(solved)
    print(f"\nsolved by trial (the random one is trial 1), {count} seeds")
    for trial in range(1, options.trials + 1):
        number = sum(1 for at in solved if at and at <= trial)
        print(f"  {trial}: {number:3} ({100 * number / count:.0f} %)")
    if waits:
        print(
            f"wait between trials: min {min(waits):.1f} s, median {statistics.median(waits):.1f} s, "
            f"max {max(waits):.1f} s"
        )


if __name__ == "__main__":
    main()
