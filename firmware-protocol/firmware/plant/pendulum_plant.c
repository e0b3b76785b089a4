#include "pendulum_plant.h"

#define PI 3.14159265358979f
#define STEP_SECONDS 0.001f
#define MASS_KG 1.0f
#define LENGTH_M 1.0f
#define DAMPING 0.01f /* N m s/rad */
#define GRAVITY 9.82f /* m/s^2 */
#define INERTIA (MASS_KG * LENGTH_M * LENGTH_M / 3.0f)
#define STIFFNESS (0.5f * MASS_KG * GRAVITY * LENGTH_M)

/* floor(x + 1/2); the images for microcontrollers have no mathematics library. */
static int32_t nearest(float x) {
  const int32_t toward_zero = (int32_t)(x + 0.5f);
  return (float)toward_zero > x + 0.5f ? toward_zero - 1 : toward_zero;
}

/* Taylor's series about 0 up to x^11, within 6e-8 over the quarter turns it is used for. */
static float sine(float angle) {
  float x = angle - 2.0f * PI * (float)nearest(angle / (2.0f * PI));
  if (x > 0.5f * PI) { x = PI - x; }
  if (x < -0.5f * PI) { x = -PI - x; }
  const float z = x * x;
  float sum = 1.0f - z / 110.0f;
  sum = 1.0f - z / 72.0f * sum;
  sum = 1.0f - z / 42.0f * sum;
  sum = 1.0f - z / 20.0f * sum;
  sum = 1.0f - z / 6.0f * sum;
  return x * sum;
}

static float acceleration(float angle, float velocity, float torque) {
  return (torque - DAMPING * velocity - STIFFNESS * sine(angle)) / INERTIA;
}

void pendulum_plant_start(struct pendulum_plant *plant) {
  plant->angle = 0.0f;
  plant->velocity = 0.0f;
}

/* The midpoint rule (Runge 1895), of second order: within 1e-5 rad over a swing-up. */
void pendulum_plant_step(struct pendulum_plant *plant, float torque) {
  const float half = 0.5f * STEP_SECONDS;
  const float middle_velocity =
      plant->velocity + half * acceleration(plant->angle, plant->velocity, torque);
  const float middle_angle = plant->angle + half * plant->velocity;
  plant->angle += STEP_SECONDS * middle_velocity;
  plant->velocity += STEP_SECONDS * acceleration(middle_angle, middle_velocity, torque);
}

int32_t pendulum_plant_count(const struct pendulum_plant *plant, float counts_per_turn) {
  return nearest(plant->angle * (counts_per_turn / (2.0f * PI)));
}
