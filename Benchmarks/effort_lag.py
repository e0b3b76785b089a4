#!/usr/bin/env python3
"""How late efforts show in the velocities that a cart-pole reports, from exported trials.

    handful export --store cart-pole.sqlite --format csv --out trials
    Benchmarks/effort_lag.py trials

Where the effort changes from one sample to the next by 3 N or more, the cart's velocity changes over that
control period by what the new effort would do, less what the two efforts' difference does in the lag. A
regression through the origin over all such samples gives the lag, in milliseconds. The plant is that of
calibration/cart-pole-mc-pilco; the standard error is that of its velocity noise of 0.01 m/s alone.
"""
import csv
import math
import pathlib
import sys

CART, POLE, LENGTH, DAMPING, GRAVITY, NOISE = 0.5, 0.5, 0.5, 0.1, 9.82, 0.01


def acceleration(angle, rate, velocity, effort):
    """The cart's acceleration (m/s^2), and its derivative by the effort (1/kg)."""
    inertia = 4 * (CART + POLE) - 3 * POLE * math.cos(angle) ** 2
    force = (2 * POLE * LENGTH * rate ** 2 * math.sin(angle)
             + 3 * POLE * GRAVITY * math.sin(angle) * math.cos(angle)
             + 4 * effort - 4 * DAMPING * velocity)
    return force / inertia, 4 / inertia


def main(folder):
    products = squares = 0.0
    for path in sorted(pathlib.Path(folder).glob("trial-*.csv")):
        with open(path, newline="") as file:
            rows = [{name: float(text) for name, text in row.items() if text}
                    for row in csv.DictReader(file)]
        before = 0.0
        for now, after in zip(rows, rows[1:]):
            effort = now.get("cart_sent_effort_N", before)
            change, before = effort - before, effort
            if abs(change) < 3 or after["tick"] != now["tick"] + 1:
                continue
            period = after["robot_time_s"] - now["robot_time_s"]
            steady, slope = acceleration(
                now["pole_position_rad"], now["pole_velocity_rad_per_s"],
                now["cart_velocity_m_per_s"], effort)
            missing = after["cart_velocity_m_per_s"] - now["cart_velocity_m_per_s"] - steady * period
            products -= change * slope * missing
            squares += (change * slope) ** 2
    if not squares:
        sys.exit(f"no trial-*.csv with changing efforts in '{folder}'")
    error = NOISE * math.sqrt(2 / squares)
    print(f"efforts show {1000 * products / squares:.2f} +- {1000 * error:.2f} ms late")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
