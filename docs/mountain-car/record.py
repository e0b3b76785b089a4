"""Records 1500 random steps of gymnasium's MountainCarContinuous-v0 as CSV for `handful trials import`.

    python3 -m venv venv && venv/bin/pip install gymnasium==1.4.0
    venv/bin/python docs/mountain-car/record.py > docs/mountain-car/steps.csv

Gymnasium counts steps and has no units. As in calibration/mountain-car/robot.yaml, a step is 0.05 s
and a unit of place a metre, so that its greatest action of 1 is 0.6 N on 1 kg.
"""

import gymnasium

STEPS = 1500
STEP_SECONDS = 0.05
NEWTONS = 0.0015 / STEP_SECONDS**2

environment = gymnasium.make("MountainCarContinuous-v0", max_episode_steps=STEPS + 1)
environment.action_space.seed(1)
(position, velocity), _ = environment.reset(seed=1)

print("time_s,position_m,velocity_m_per_s,force_N")
for step in range(STEPS + 1):
    # The action of the last line is never taken: it is the end of the last step.
    action = environment.action_space.sample() if step < STEPS else [0.0]
    print(
        f"{step * STEP_SECONDS:.2f},{position:.9g},{velocity / STEP_SECONDS:.9g},"
        f"{action[0] * NEWTONS:.9g}"
    )
    if step < STEPS:
        (position, velocity), _, terminated, truncated, _ = environment.step(action)
        if terminated or truncated:
            raise SystemExit(f"the car reached its goal at step {step}: choose another seed")
