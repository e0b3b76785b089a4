#!/usr/bin/env python3
"""How late efforts act on a cart-pole, from exported trials.

    handful export --store cart-pole.sqlite --format csv --out trials
    Benchmarks/effort_lag.py trials

From each decision's measured state the plant's own equations (those of calibration/cart-pole-mc-pilco) are
integrated to the next decision, with the effort before acting for a while first: the root mean square of
what is then left, for several such whiles. The least is where efforts begin to act. A look at single
control periods instead takes a velocity's slope through several readings for a delay.
"""
import csv
import math
import pathlib
import sys

CART, POLE, LENGTH, DAMPING, GRAVITY = 0.5, 0.5, 0.5, 0.1, 9.82
PERIOD = 0.05
NAMES = ["cart_position_m", "cart_velocity_m_per_s", "pole_position_rad", "pole_velocity_rad_per_s"]


def slope(state, effort):
    """The derivative of position, velocity, angle and rate by time."""
    _, velocity, angle, rate = state
    sine, cosine = math.sin(angle), math.cos(angle)
    inertia = 4 * (CART + POLE) - 3 * POLE * cosine ** 2
    force = effort - DAMPING * velocity
    cart = (2 * POLE * LENGTH * rate ** 2 * sine + 3 * POLE * GRAVITY * sine * cosine + 4 * force) / inertia
    pole = -(3 * POLE * LENGTH * rate ** 2 * sine * cosine + 6 * (CART + POLE) * GRAVITY * sine
             + 6 * force * cosine) / (LENGTH * inertia)
    return [velocity, cart, rate, pole]


def advance(state, effort, seconds, steps):
    """Runge and Kutta's steps under a constant effort."""
    h = seconds / steps
    for _ in range(steps if seconds > 0 else 0):
        def moved(k, by):
            return [x + by * d for x, d in zip(state, k)]
        k1 = slope(state, effort)
        k2 = slope(moved(k1, h / 2), effort)
        k3 = slope(moved(k2, h / 2), effort)
        k4 = slope(moved(k3, h), effort)
        state = [x + h / 6 * (a + 2 * b + 2 * c + d) for x, a, b, c, d in zip(state, k1, k2, k3, k4)]
    return state


def decisions(folder):
    """Each decision's state, the effort before, its own effort, and the state that followed."""
    for path in sorted(pathlib.Path(folder).glob("**/trial-*.csv")):
        with open(path, newline="") as file:
            rows = {int(row["tick"]): {name: float(text) for name, text in row.items() if text}
                    for row in csv.DictReader(file)}
        span = round(PERIOD / (rows[1]["robot_time_s"] - rows[0]["robot_time_s"]))
        for tick in range(0, max(rows) - span + 1, span):
            now, after = rows.get(tick), rows.get(tick + span)
            if now and after and "cart_sent_effort_N" in now:
                before = rows.get(tick - 1, {}).get("cart_sent_effort_N", 0.0)
                yield ([now[name] for name in NAMES], before, now["cart_sent_effort_N"],
                       [after[name] for name in NAMES])


def main(folder):
    found = list(decisions(folder))
    if not found:
        sys.exit(f"no trial-*.csv in '{folder}'")
    print(f"{len(found)} decisions; root mean square of what is left")
    print("late ms   " + "  ".join(NAMES))
    for milliseconds in (0, 0.5, 1, 1.5, 2, 3, 5):
        late = milliseconds / 1000
        squares = [0.0] * 4
        for state, before, effort, after in found:
            state = advance(advance(state, before, late, 2), effort, PERIOD - late, 20)
            squares = [s + (x - y) ** 2 for s, x, y in zip(squares, state, after)]
        print(f"{milliseconds:7.1f}   " + "  ".join(
            f"{math.sqrt(s / len(found)):{len(name)}.4f}" for s, name in zip(squares, NAMES)))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
