#include "velocity.h"

/*
 * With readings at k = -10..10, the slope at k = 10 of the least-squares parabola is
 *
 *   sum of y(k) (k / 770 + 20 (k^2 - 110/3) / (67298/3))
 *     = sum of y(k) (437 k + 100 (3 k^2 - 110)) / 336490
 *
 * since over those k the sums of k^2 and of (k^2 - 110/3)^2 are 770 and 67298/3. All in integers but
 * for the last division: exact, and cheap without floating point.
 */
#define SLOPE_DENOMINATOR 336490.0f

/* At most so many counts in 20 ms, or the sum would overflow: 3 turns, 900 rad/s. */
#define GREATEST_DIFFERENCE 12000L

float velocity_counts_per_second(const int32_t readings[HAL_ENCODER_READINGS]) {
  const int32_t newest = readings[HAL_ENCODER_READINGS - 1u];
  int32_t sum = 0;
  int16_t k = -10;
  for (uint8_t i = 0; i < HAL_ENCODER_READINGS; i++, k++) {
    /* The weights' sum is zero, so that differences do as well as counts. */
    int32_t difference = readings[i] - newest;
    if (difference > GREATEST_DIFFERENCE) { difference = GREATEST_DIFFERENCE; }
    if (difference < -GREATEST_DIFFERENCE) { difference = -GREATEST_DIFFERENCE; }
    sum += difference * (int32_t)(437 * k + 100 * (3 * k * k - 110));
  }
  return (float)sum * (1000.0f / SLOPE_DENOMINATOR);
}
