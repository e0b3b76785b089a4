/* Feeds the robot random, damaged and valid bytes from a seed, and stops at the first thing that
 * must not be. Build it with -fsanitize=address,undefined; `make firmware-fuzz` does.
 *
 *     fuzz [bytes [seed]]
 *
 * Frames are made here by code of their own (the checksum bit by bit), so that a mistake in the
 * implementation can't hide behind itself. */
#include "handful_robot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JOINTS = (HANDFUL_MAXIMUM_JOINTS < 3) ? HANDFUL_MAXIMUM_JOINTS : 3 };
enum { LONGEST_PAYLOAD = 540, LONGEST_FRAME = 600, REMEMBERED = 64 };

/* ---- Randomness: xorshift64* (Vigna 2016) --------------------------------------------------- */

static uint64_t random_state;

static uint32_t random_u32(void) {
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return (uint32_t)((random_state * UINT64_C(2685821657736338717)) >> 32);
}

static uint32_t random_below(uint32_t limit) { return random_u32() % limit; }

static uint8_t random_byte(void) { return (uint8_t)random_below(256U); }

/* ---- Frames, made independently ------------------------------------------------------------- */

static uint32_t plain_crc(const uint8_t *bytes, size_t count) {
  uint32_t crc = UINT32_C(0xFFFFFFFF);
  size_t index;
  for (index = 0; index < count * 8U; index++) {
    const uint32_t bit = ((uint32_t)bytes[index / 8U] >> (index % 8U)) & 1U;
    const uint32_t low = (crc ^ bit) & 1U;
    crc = (crc >> 1) ^ (low != 0U ? UINT32_C(0x82F63B78) : 0U);
  }
  return ~crc;
}

static size_t plain_frame(const uint8_t *payload, size_t count, uint8_t *frame) {
  uint8_t content[LONGEST_PAYLOAD + 4];
  const uint32_t crc = plain_crc(payload, count);
  size_t code = 0;
  size_t written = 1;
  size_t index;
  memcpy(content, payload, count);
  for (index = 0; index < 4U; index++) content[count + index] = (uint8_t)(crc >> (8U * index));
  for (index = 0; index < count + 4U; index++) {
    if (written - code == 255U) {
      frame[code] = 255U;
      code = written++;
    }
    if (content[index] == 0U) {
      frame[code] = (uint8_t)(written - code);
      code = written++;
    } else {
      frame[written++] = content[index];
    }
  }
  frame[code] = (uint8_t)(written - code);
  frame[written++] = 0U;
  return written;
}

/* ---- What must hold -------------------------------------------------------------------------- */

static struct handful_robot robot;
static struct handful_receiver receiver;
static uint8_t receiver_buffer[HANDFUL_RECEIVE_BYTES];
static uint8_t output_buffer[1400];
static struct handful_receiver output;
static bool is_motor_on;
static float motor[HANDFUL_MAXIMUM_JOINTS];
static uint64_t now_us;
static unsigned long bytes_fed;
static unsigned long armings;
static unsigned long frames_checked;
static unsigned long states_sent;

static void require(bool holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "after %lu bytes: %s\n", bytes_fed, what);
    exit(1);
  }
}

/* The payloads sent last: whatever is accepted must be one of them. */
static uint8_t sent[REMEMBERED][LONGEST_PAYLOAD];
static size_t sent_count[REMEMBERED];
static size_t sent_index;

static void remember(const uint8_t *payload, size_t count) {
  memcpy(sent[sent_index], payload, count);
  sent_count[sent_index] = count;
  sent_index = (sent_index + 1U) % REMEMBERED;
}

static bool was_sent(const uint8_t *payload, size_t count) {
  size_t index;
  for (index = 0; index < REMEMBERED; index++) {
    if (sent_count[index] == count && memcmp(sent[index], payload, count) == 0) return true;
  }
  return false;
}

static void check_robot(void) {
  int joint;
  require(robot.mode <= HANDFUL_MODE_EMERGENCY_STOPPED, "no such mode");
  require(robot.fault <= HANDFUL_FAULT_DRIVER, "no such fault");
  require(is_motor_on == (robot.mode == HANDFUL_MODE_ARMED), "the motor and the mode disagree");
  require(robot.waiting_count <= HANDFUL_WAITING_COMMANDS, "too many commands wait");
  require(robot.mode == HANDFUL_MODE_ARMED || robot.waiting_count == 0U, "commands wait while off");
  require(robot.mode != HANDFUL_MODE_ARMED || (robot.has_limits && robot.is_streaming),
          "armed without limits or stream");
  require(robot.receiver.count < HANDFUL_RECEIVE_BYTES, "the receiver overran");
  require(robot.transmitter.count <= HANDFUL_TRANSMIT_BYTES, "the ring overran");
  require(robot.mode != HANDFUL_MODE_FAULTED || robot.fault != HANDFUL_FAULT_NONE,
          "faulted without a fault");
  for (joint = 0; joint < JOINTS; joint++) {
    const float effort = motor[joint];
    require(effort == robot.efforts[joint], "the motor gives another effort than the robot says");
    require(is_motor_on || !(effort > 0.0F || effort < 0.0F), "an effort while off");
    require(!is_motor_on || (effort >= -robot.limits[joint].effort &&
                             effort <= robot.limits[joint].effort), "an effort past its limit");
  }
}

/* Takes what the robot sends; sometimes the line is busy. */
static void drain(void) {
  uint32_t count = (random_below(8U) == 0U) ? random_below(30U) : 100000U;
  uint8_t byte;
  while (count > 0U && handful_robot_next_byte(&robot, &byte)) {
    const uint32_t rejected = output.frames_rejected;
    const uint16_t payload_bytes = handful_receiver_take(&output, byte);
    require(output.frames_rejected == rejected, "the robot sent a damaged frame");
    if (payload_bytes > 0U) {
      const uint8_t type = output_buffer[0];
      frames_checked++;
      require(type >= 0x81U && type <= 0x86U, "the robot sent an unknown message");
      if (type == 0x84U) states_sent++;
    }
    count--;
  }
}

static void feed(uint8_t byte) {
  const uint8_t was = robot.mode;
  const uint16_t count = handful_receiver_take(&receiver, byte);
  bytes_fed++;
  if (count > 0U) require(was_sent(receiver_buffer, count), "a damaged frame was accepted");
  handful_robot_receive_byte(&robot, byte, now_us);
  require(receiver.frames_accepted == robot.receiver.frames_accepted, "two receivers disagree");
  if (was != HANDFUL_MODE_ARMED && robot.mode == HANDFUL_MODE_ARMED) armings++;
  check_robot();
}

/* ---- Hooks ---------------------------------------------------------------------------------- */

static void read_sensors(void *context, float *positions, float *velocities) {
  int joint;
  (void)context;
  for (joint = 0; joint < JOINTS; joint++) {
    const uint32_t draw = random_below(400U);
    positions[joint] = (float)random_below(200U) / 100.0F - 1.0F;
    velocities[joint] = (float)random_below(200U) / 100.0F - 1.0F;
    if (draw < 3U) {
      /* Any bits at all: NaN, infinities, numbers too small for their exponent. */
      const uint32_t bits = random_u32() | ((draw == 0U) ? UINT32_C(0x7F800000) : 0U);
      memcpy((draw == 1U) ? &velocities[joint] : &positions[joint], &bits, sizeof(bits));
    }
  }
}

static void set_efforts(void *context, const float *efforts) {
  (void)context;
  is_motor_on = true;
  memcpy(motor, efforts, sizeof(float) * JOINTS);
}

static void disable_actuators(void *context) {
  (void)context;
  is_motor_on = false;
  memset(motor, 0, sizeof(motor));
}

/* ---- The host ------------------------------------------------------------------------------- */

static size_t put(uint8_t *bytes, size_t at, uint64_t value, size_t count) {
  size_t index;
  for (index = 0; index < count; index++) bytes[at + index] = (uint8_t)(value >> (8U * index));
  return at + count;
}

static size_t put_float(uint8_t *bytes, size_t at, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return put(bytes, at, bits, 4U);
}

static size_t make_limits(uint8_t *payload) {
  size_t at = 0;
  int joint;
  at = put(payload, at, 0x02U, 1U);
  at = put(payload, at, JOINTS, 1U);
  at = put(payload, at, 20U + random_below(100U), 2U);
  for (joint = 0; joint < JOINTS; joint++) {
    at = put_float(payload, at, -1.5F);
    at = put_float(payload, at, 1.5F);
    at = put_float(payload, at, 2.0F);
    at = put_float(payload, at, (float)random_below(3U));
  }
  return at;
}

static size_t make_command(uint8_t *payload) {
  const uint64_t apply_at = now_us + random_below(20000U) - ((now_us > 5000U) ? 5000U : 0U);
  size_t at = 0;
  int joint;
  at = put(payload, at, 0x06U, 1U);
  at = put(payload, at, JOINTS, 1U);
  at = put(payload, at, robot.next_tick - 1U - random_below(2U), 4U);
  at = put(payload, at, apply_at, 8U);
  at = put(payload, at, apply_at + 20000U, 8U);
  for (joint = 0; joint < JOINTS; joint++) {
    at = put_float(payload, at, (float)random_below(100U) / 10.0F - 5.0F);
  }
  return at;
}

/* What brings the robot on; now and then anything. */
static size_t make_payload(uint8_t *payload) {
  const uint32_t draw = random_below(100U);
  size_t at = 0;
  if (draw < 6U) {
    size_t index;
    at = 1U + random_below((draw == 0U) ? LONGEST_PAYLOAD - 1U : 60U);
    for (index = 0; index < at; index++) payload[index] = random_byte();
    payload[0] = (uint8_t)(1U + random_below(11U));
    if (draw < 3U) {
      payload[1] = JOINTS;
    }
    return at;
  }
  if (draw < 10U) return put(payload, put(payload, 0, 0x0AU, 1U), random_u32(), 4U);
  if (draw < 12U) return put(payload, 0, 0x08U, 1U);
  if (draw < 13U) return put(payload, 0, 0x05U, 1U);
  if (draw < 14U) {
    at = put(payload, 0, 0x01U, 1U);
    at = put(payload, at, (random_below(8U) == 0U) ? 2U : 1U, 1U);
    return put(payload, at, random_u32(), 4U);
  }
  if (robot.mode == HANDFUL_MODE_ARMED) return make_command(payload);
  if (!robot.speaks_our_version) {
    return put(payload, put(payload, put(payload, 0, 0x01U, 1U), 1U, 1U), 1U, 4U);
  }
  if (robot.mode != HANDFUL_MODE_DISARMED) return put(payload, 0, 0x09U, 1U);
  if (!robot.has_limits) return make_limits(payload);
  if (!robot.is_streaming) return put(payload, put(payload, 0, 0x03U, 1U), 1U, 1U);
  return put(payload, put(payload, 0, 0x04U, 1U), robot.boot_counter, 4U);
}

/* Damages a frame. Returns its new length. */
static size_t damage(uint8_t *frame, size_t count) {
  const uint32_t where = random_below((uint32_t)count);
  switch (random_below(6U)) {
    case 0:
      frame[where] ^= (uint8_t)(1U << random_below(8U));
      break;
    case 1:
      frame[where] = random_byte();
      break;
    case 2:
      memmove(&frame[where], &frame[where + 1U], count - where - 1U);
      count--;
      break;
    case 3:
      memmove(&frame[where + 1U], &frame[where], count - where);
      count++;
      break;
    case 4:
      count = where;
      break;
    default:
      frame[where] = 0U;
      break;
  }
  return count;
}

static void step(void) {
  static uint8_t payload[LONGEST_PAYLOAD];
  static uint8_t frame[LONGEST_FRAME];
  const uint32_t draw = random_below(100U);
  size_t count;
  size_t index;
  now_us += random_below(3000U);
  if (draw == 0U) now_us += random_below(200000U);
  (void)handful_robot_update(&robot, now_us);
  check_robot();
  drain();
  if (draw < 5U) {
    const uint32_t length = random_below((draw == 1U) ? 2000U : 64U);
    for (index = 0; index < length; index++) feed(random_byte());
    /* Back in step within one frame. */
    feed(0U);
    payload[0] = 0x07U;
    (void)put(payload, 1U, random_u32(), 4U);
    remember(payload, 5U);
    count = plain_frame(payload, 5U, frame);
    {
      const uint32_t accepted = receiver.frames_accepted;
      for (index = 0; index < count; index++) feed(frame[index]);
      require(receiver.frames_accepted == accepted + 1U, "a frame after garbage was lost");
    }
  } else if (draw < 7U) {
    handful_robot_set_stop_button(&robot, draw == 5U, now_us);
  } else if (draw == 7U && random_below(4U) == 0U) {
    handful_robot_report_driver_fault(&robot, HANDFUL_NO_JOINT, 0.0F, now_us);
  } else {
    count = make_payload(payload);
    remember(payload, count);
    count = plain_frame(payload, count, frame);
    while (random_below(5U) == 0U && count > 1U) count = damage(frame, count);
    for (index = 0; index < count; index++) feed(frame[index]);
  }
  check_robot();
}

int main(int argument_count, char **arguments) {
  static const struct handful_joint motor_joint = {"a", HANDFUL_JOINT_REVOLUTE, true, 2.0F};
  static struct handful_joint joints[JOINTS];
  static const struct handful_description description = {"fuzzed", "1",    5000U,
                                                         100U,     JOINTS, joints};
  static const struct handful_hooks hooks = {NULL, read_sensors, set_efforts, disable_actuators};
  const unsigned long wanted =
      (argument_count > 1) ? strtoul(arguments[1], NULL, 10) : 10000000UL;
  const unsigned long seed = (argument_count > 2) ? strtoul(arguments[2], NULL, 10) : 1UL;
  int joint;
  for (joint = 0; joint < JOINTS; joint++) joints[joint] = motor_joint;
  random_state = UINT64_C(0x9E3779B97F4A7C15) * (seed + 1U);
  require(handful_robot_init(&robot, &description, &hooks, 7U, 0U) == HANDFUL_STATUS_OK,
          "the description was refused");
  handful_receiver_init(&receiver, receiver_buffer, HANDFUL_RECEIVE_BYTES);
  handful_receiver_init(&output, output_buffer, (uint16_t)sizeof(output_buffer));
  while (bytes_fed < wanted) step();
  printf("seed %lu: %lu bytes, %lu frames accepted, %lu rejected, %lu armings, %lu frames and %lu "
         "states from the robot, %lu left out\n",
         seed, bytes_fed, (unsigned long)receiver.frames_accepted,
         (unsigned long)receiver.frames_rejected, armings, frames_checked, states_sent,
         (unsigned long)robot.transmitter.frames_skipped);
  require(armings > wanted / 100000U, "the robot was hardly ever armed");
  require(receiver.frames_rejected > wanted / 1000U, "hardly any frame was damaged");
  return 0;
}
