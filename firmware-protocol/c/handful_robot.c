/* See handful_robot.h, and ../PROTOCOL.md for the rules. From top to bottom: numbers on the wire,
 * receiving, sending, the robot's messages, turning off, the host's messages, time. */
#include "handful_robot.h"

#include <stddef.h>
#include <string.h>

#if defined(__AVR__) && !defined(HANDFUL_CRC_BITWISE)
#include <avr/pgmspace.h>
#endif

/* Refused by the compiler, as an array of -1 elements, where it isn't so. */
typedef char handful_float_is_a_single[(sizeof(float) == 4U) ? 1 : -1];
#if (HANDFUL_MAXIMUM_JOINTS < 1) || (HANDFUL_MAXIMUM_JOINTS > 32)
#error "HANDFUL_MAXIMUM_JOINTS must be from 1 to 32"
#endif
#if (HANDFUL_RECEIVE_BYTES < HANDFUL_FRAME_BYTES(4 + (16 * HANDFUL_MAXIMUM_JOINTS))) || \
    (HANDFUL_RECEIVE_BYTES < HANDFUL_FRAME_BYTES(22 + (4 * HANDFUL_MAXIMUM_JOINTS))) || \
    (HANDFUL_RECEIVE_BYTES > 0x7FFF)
#error "HANDFUL_RECEIVE_BYTES must have room for the robot's own configure and command, and be below 32768"
#endif
#if (HANDFUL_TRANSMIT_BYTES > 0x3FFF)
#error "HANDFUL_TRANSMIT_BYTES must be less than 16384"
#endif

enum {
  MESSAGE_HELLO = 0x01,
  MESSAGE_CONFIGURE = 0x02,
  MESSAGE_STREAM = 0x03,
  MESSAGE_ARM = 0x04,
  MESSAGE_DISARM = 0x05,
  MESSAGE_COMMAND = 0x06,
  MESSAGE_HEARTBEAT = 0x07,
  MESSAGE_EMERGENCY_STOP = 0x08,
  MESSAGE_CLEAR_FAULT = 0x09,
  MESSAGE_ECHO = 0x0A,
  MESSAGE_ROBOT_HELLO = 0x81,
  MESSAGE_LIMITS = 0x82,
  MESSAGE_ACKNOWLEDGEMENT = 0x83,
  MESSAGE_STATE = 0x84,
  MESSAGE_FAULT = 0x85,
  MESSAGE_ROBOT_ECHO = 0x86
};

enum {
  RESULT_ACCEPTED = 0,
  RESULT_LIMITS_NOT_SET = 1,
  RESULT_FAULT_LATCHED = 2,
  RESULT_WRONG_BOOT_COUNTER = 3,
  RESULT_NOT_STREAMING = 4,
  RESULT_OUT_OF_RANGE = 5,
  RESULT_ARMED = 6,
  RESULT_STOP_BUTTON_PRESSED = 7
};

enum {
  PROTOCOL_MAXIMUM_JOINTS = 32,
  CHECKSUM_BYTES = 4,
  PIECE_BYTES = 254,
  LONGEST_FIRMWARE_WATCHDOG_MS = 1000
};

/* ---- Numbers on the wire -------------------------------------------------------------------- */

static uint16_t read_u16(const uint8_t *bytes) {
  return (uint16_t)((uint16_t)bytes[0] | (uint16_t)((uint16_t)bytes[1] << 8));
}

static uint32_t read_u32(const uint8_t *bytes) {
  return (uint32_t)bytes[0] | ((uint32_t)bytes[1] << 8) | ((uint32_t)bytes[2] << 16) |
         ((uint32_t)bytes[3] << 24);
}

static uint64_t read_u64(const uint8_t *bytes) {
  return (uint64_t)read_u32(bytes) | ((uint64_t)read_u32(&bytes[4]) << 32);
}

static float float_of_bits(uint32_t bits) {
  float value;
  (void)memcpy(&value, &bits, sizeof(value));
  return value;
}

static uint32_t bits_of_float(float value) {
  uint32_t bits;
  (void)memcpy(&bits, &value, sizeof(bits));
  return bits;
}

static float read_float(const uint8_t *bytes) { return float_of_bits(read_u32(bytes)); }

/* As much of it as 32 bits hold. */
static uint32_t bounded_to_u32(uint64_t value) {
  return (value < UINT32_MAX) ? (uint32_t)value : UINT32_MAX;
}

static float not_a_number(void) { return float_of_bits(UINT32_C(0x7FC00000)); }

/* By its bits, so that it holds under -ffast-math too. */
static bool is_nan(float value) {
  return (bits_of_float(value) & UINT32_C(0x7FFFFFFF)) > UINT32_C(0x7F800000);
}

/* ---- Checksum ------------------------------------------------------------------------------- */

#define CRC_START UINT32_C(0xFFFFFFFF)
#define CRC_POLYNOMIAL UINT32_C(0x82F63B78)

#if defined(HANDFUL_CRC_BITWISE)

static uint32_t crc_add(uint32_t crc, uint8_t byte) {
  uint32_t sum = crc ^ byte;
  uint8_t bit;
  for (bit = 0U; bit < 8U; bit++) {
    sum = ((sum & 1U) != 0U) ? ((sum >> 1) ^ CRC_POLYNOMIAL) : (sum >> 1);
  }
  return sum;
}

#else

/* What a nibble adds: the polynomial's multiples. */
#if defined(__AVR__)
static const uint32_t crc_table[16] PROGMEM = {
#else
static const uint32_t crc_table[16] = {
#endif
    UINT32_C(0x00000000), UINT32_C(0x105EC76F), UINT32_C(0x20BD8EDE), UINT32_C(0x30E349B1),
    UINT32_C(0x417B1DBC), UINT32_C(0x5125DAD3), UINT32_C(0x61C69362), UINT32_C(0x7198540D),
    UINT32_C(0x82F63B78), UINT32_C(0x92A8FC17), UINT32_C(0xA24BB5A6), UINT32_C(0xB21572C9),
    UINT32_C(0xC38D26C4), UINT32_C(0xD3D3E1AB), UINT32_C(0xE330A81A), UINT32_C(0xF36E6F75)};

static uint32_t crc_of_nibble(uint8_t nibble) {
#if defined(__AVR__)
  return pgm_read_dword(&crc_table[nibble]);
#else
  return crc_table[nibble];
#endif
}

static uint32_t crc_add(uint32_t crc, uint8_t byte) {
  uint32_t sum = crc ^ byte;
  sum = (sum >> 4) ^ crc_of_nibble((uint8_t)(sum & 0x0FU));
  return (sum >> 4) ^ crc_of_nibble((uint8_t)(sum & 0x0FU));
}

#endif

uint32_t handful_crc32c(const uint8_t *bytes, uint16_t count) {
  uint32_t crc = CRC_START;
  uint16_t index;
  for (index = 0U; index < count; index++) {
    crc = crc_add(crc, bytes[index]);
  }
  return crc ^ CRC_START;
}

/* ---- Receiving ------------------------------------------------------------------------------ */

void handful_receiver_init(struct handful_receiver *receiver, uint8_t *buffer, uint16_t capacity) {
  (void)memset(receiver, 0, sizeof(*receiver));
  receiver->buffer = buffer;
  receiver->capacity = capacity;
}

/* Undoes the byte stuffing in place: writing never overtakes reading. Returns the length of the
 * content, or 0 if a piece reaches past the end. */
static uint16_t unstuff(uint8_t *bytes, uint16_t count) {
  uint16_t consumed = 0U;
  uint16_t written = 0U;
  bool is_whole = true;
  while (is_whole && (consumed < count)) {
    const uint8_t code = bytes[consumed];
    const uint16_t run = (uint16_t)(code - 1U);
    consumed++;
    if (run > (uint16_t)(count - consumed)) {
      is_whole = false;
    } else {
      (void)memmove(&bytes[written], &bytes[consumed], run);
      consumed = (uint16_t)(consumed + run);
      written = (uint16_t)(written + run);
      if ((code != 0xFFU) && (consumed < count)) {
        bytes[written] = 0U;
        written++;
      }
    }
  }
  return is_whole ? written : 0U;
}

static void reject(struct handful_receiver *receiver, uint16_t bytes) {
  receiver->frames_rejected++;
  receiver->bytes_discarded += bytes;
}

/* Takes the 0x00 that ends a frame. Returns the length of the payload, or 0. */
static uint16_t end_frame(struct handful_receiver *receiver) {
  const uint16_t stuffed = receiver->count;
  uint16_t payload_bytes = 0U;
  receiver->count = 0U;
  if (receiver->is_dropping) {
    receiver->bytes_discarded++;
    receiver->is_dropping = false;
  } else if (stuffed > 0U) {
    const uint16_t content = unstuff(receiver->buffer, stuffed);
    if (content > (uint16_t)CHECKSUM_BYTES) {
      const uint16_t length = (uint16_t)(content - (uint16_t)CHECKSUM_BYTES);
      if (handful_crc32c(receiver->buffer, length) == read_u32(&receiver->buffer[length])) {
        payload_bytes = length;
      }
    }
    if (payload_bytes > 0U) {
      receiver->frames_accepted++;
    } else {
      reject(receiver, (uint16_t)(stuffed + 1U));
    }
  } else {
    /* No bytes at all are no frame. */
  }
  return payload_bytes;
}

uint16_t handful_receiver_take(struct handful_receiver *receiver, uint8_t byte) {
  uint16_t payload_bytes = 0U;
  if (byte == 0U) {
    payload_bytes = end_frame(receiver);
  } else if (receiver->is_dropping) {
    receiver->bytes_discarded++;
  } else if ((uint16_t)(receiver->count + 1U) >= receiver->capacity) {
    reject(receiver, (uint16_t)(receiver->count + 1U));
    receiver->count = 0U;
    receiver->is_dropping = true;
  } else {
    receiver->buffer[receiver->count] = byte;
    receiver->count++;
  }
  return payload_bytes;
}

/* ---- Sending: frames are stuffed and summed while they are written into the ring ------------ */

/* The index of the ring's byte that comes `offset` after the first that waits. */
static uint16_t ring_index(const struct handful_transmitter *transmitter, uint16_t offset) {
  const uint16_t index = (uint16_t)(transmitter->first + offset);
  return (index >= (uint16_t)HANDFUL_TRANSMIT_BYTES)
             ? (uint16_t)(index - (uint16_t)HANDFUL_TRANSMIT_BYTES)
             : index;
}

static void write_raw(struct handful_transmitter *transmitter, uint8_t byte) {
  const uint16_t offset = (uint16_t)(transmitter->count + transmitter->written);
  transmitter->ring[ring_index(transmitter, offset)] = byte;
  transmitter->written++;
}

/* Leaves room for the length of a piece, which is known at its end. */
static void begin_piece(struct handful_transmitter *transmitter) {
  transmitter->code_index =
      ring_index(transmitter, (uint16_t)(transmitter->count + transmitter->written));
  transmitter->run = 0U;
  write_raw(transmitter, 0U);
}

static void end_piece(struct handful_transmitter *transmitter) {
  transmitter->ring[transmitter->code_index] = (uint8_t)(transmitter->run + 1U);
}

static void write_content(struct handful_transmitter *transmitter, uint8_t byte) {
  if (transmitter->run == (uint8_t)PIECE_BYTES) {
    end_piece(transmitter);
    begin_piece(transmitter);
  }
  if (byte == 0U) {
    end_piece(transmitter);
    begin_piece(transmitter);
  } else {
    write_raw(transmitter, byte);
    transmitter->run++;
  }
}

/* The length of the longest frame of a payload of so many bytes. */
static uint16_t frame_bytes(uint16_t payload_bytes) {
  return (uint16_t)HANDFUL_FRAME_BYTES((uint32_t)payload_bytes);
}

/* Begins the frame of a payload of so many bytes. Returns false when it and `reserve` more bytes
 * find no room. */
static bool begin_frame(struct handful_transmitter *transmitter, uint16_t payload_bytes,
                        uint16_t reserve) {
  const uint16_t needed = (uint16_t)(frame_bytes(payload_bytes) + reserve);
  const uint16_t room = (uint16_t)((uint16_t)HANDFUL_TRANSMIT_BYTES - transmitter->count);
  const bool fits = (needed <= room);
  if (fits) {
    transmitter->written = 0U;
    transmitter->crc = CRC_START;
    begin_piece(transmitter);
  } else {
    transmitter->frames_skipped++;
  }
  return fits;
}

static void write_u8(struct handful_transmitter *transmitter, uint8_t value) {
  transmitter->crc = crc_add(transmitter->crc, value);
  write_content(transmitter, value);
}

static void write_u16(struct handful_transmitter *transmitter, uint16_t value) {
  write_u8(transmitter, (uint8_t)(value & 0xFFU));
  write_u8(transmitter, (uint8_t)(value >> 8));
}

static void write_u32(struct handful_transmitter *transmitter, uint32_t value) {
  write_u16(transmitter, (uint16_t)(value & UINT32_C(0xFFFF)));
  write_u16(transmitter, (uint16_t)(value >> 16));
}

static void write_u64(struct handful_transmitter *transmitter, uint64_t value) {
  write_u32(transmitter, (uint32_t)(value & UINT32_C(0xFFFFFFFF)));
  write_u32(transmitter, (uint32_t)(value >> 32));
}

static void write_float(struct handful_transmitter *transmitter, float value) {
  write_u32(transmitter, bits_of_float(value));
}

static void write_text(struct handful_transmitter *transmitter, const char *text) {
  const uint8_t count = (uint8_t)strlen(text);
  uint8_t index;
  write_u8(transmitter, count);
  for (index = 0U; index < count; index++) {
    write_u8(transmitter, (uint8_t)text[index]);
  }
}

static void end_frame_written(struct handful_transmitter *transmitter) {
  uint32_t crc = transmitter->crc ^ CRC_START;
  uint8_t index;
  for (index = 0U; index < (uint8_t)CHECKSUM_BYTES; index++) {
    write_content(transmitter, (uint8_t)(crc & 0xFFU));
    crc >>= 8;
  }
  end_piece(transmitter);
  write_raw(transmitter, 0U);
  transmitter->count = (uint16_t)(transmitter->count + transmitter->written);
  transmitter->written = 0U;
}

bool handful_robot_send_payload(struct handful_robot *robot, const uint8_t *payload,
                                uint16_t count) {
  const bool fits = (count < (uint16_t)HANDFUL_TRANSMIT_BYTES) &&
                    begin_frame(&robot->transmitter, count, 0U);
  if (fits) {
    uint16_t index;
    for (index = 0U; index < count; index++) {
      write_u8(&robot->transmitter, payload[index]);
    }
    end_frame_written(&robot->transmitter);
  }
  return fits;
}

bool handful_robot_next_byte(struct handful_robot *robot, uint8_t *byte) {
  struct handful_transmitter *const transmitter = &robot->transmitter;
  const bool has_byte = (transmitter->count > 0U);
  if (has_byte) {
    *byte = transmitter->ring[transmitter->first];
    transmitter->first = ring_index(transmitter, 1U);
    transmitter->count--;
  }
  return has_byte;
}

uint16_t handful_robot_pending_bytes(const struct handful_robot *robot) {
  return robot->transmitter.count;
}

/* ---- The robot's messages ------------------------------------------------------------------- */

static uint16_t hello_bytes(const struct handful_description *description) {
  size_t bytes = 21U + strlen(description->robot_name) + strlen(description->firmware_version);
  uint8_t joint;
  for (joint = 0U; joint < description->joint_count; joint++) {
    bytes += 7U + strlen(description->joints[joint].name);
  }
  return (uint16_t)bytes;
}

static void send_hello(struct handful_robot *robot, uint32_t nonce) {
  const struct handful_description *const description = robot->description;
  struct handful_transmitter *const transmitter = &robot->transmitter;
  if (begin_frame(transmitter, hello_bytes(description), 0U)) {
    uint8_t joint;
    write_u8(transmitter, (uint8_t)MESSAGE_ROBOT_HELLO);
    write_u8(transmitter, (uint8_t)HANDFUL_PROTOCOL_VERSION);
    write_u32(transmitter, nonce);
    write_u32(transmitter, robot->boot_counter);
    write_float(transmitter, 1.0e6F / (float)description->control_period_us);
    write_u16(transmitter, description->watchdog_ms);
    write_u16(transmitter, robot->receiver.capacity);
    write_u8(transmitter, description->joint_count);
    write_text(transmitter, description->robot_name);
    write_text(transmitter, description->firmware_version);
    for (joint = 0U; joint < description->joint_count; joint++) {
      const struct handful_joint *const each = &description->joints[joint];
      write_u8(transmitter, each->kind);
      write_u8(transmitter, each->is_actuated ? 1U : 0U);
      write_float(transmitter, each->effort_capability);
      write_text(transmitter, each->name);
    }
    end_frame_written(transmitter);
  }
}

/* From where they are enforced. */
static void send_limits(struct handful_robot *robot) {
  struct handful_transmitter *const transmitter = &robot->transmitter;
  const uint8_t joint_count = robot->description->joint_count;
  if (begin_frame(transmitter, (uint16_t)(4U + (16U * joint_count)), 0U)) {
    uint8_t joint;
    write_u8(transmitter, (uint8_t)MESSAGE_LIMITS);
    write_u8(transmitter, joint_count);
    write_u16(transmitter, robot->watchdog_ms);
    for (joint = 0U; joint < joint_count; joint++) {
      const struct handful_joint_limits *const limits = &robot->limits[joint];
      write_float(transmitter, limits->position_lower);
      write_float(transmitter, limits->position_upper);
      write_float(transmitter, limits->velocity);
      write_float(transmitter, limits->effort);
    }
    end_frame_written(transmitter);
  }
}

static void acknowledge(struct handful_robot *robot, uint8_t message_type, uint8_t result) {
  struct handful_transmitter *const transmitter = &robot->transmitter;
  if (begin_frame(transmitter, 4U, 0U)) {
    write_u8(transmitter, (uint8_t)MESSAGE_ACKNOWLEDGEMENT);
    write_u8(transmitter, message_type);
    write_u8(transmitter, result);
    write_u8(transmitter, robot->mode);
    end_frame_written(transmitter);
  }
}

static void send_echo(struct handful_robot *robot, uint32_t token) {
  struct handful_transmitter *const transmitter = &robot->transmitter;
  if (begin_frame(transmitter, 13U, 0U)) {
    write_u8(transmitter, (uint8_t)MESSAGE_ROBOT_ECHO);
    write_u32(transmitter, token);
    write_u64(transmitter, robot->now_us);
    end_frame_written(transmitter);
  }
}

/* Sends the report of the latched fault, once; later if it finds no room now. */
static void send_fault_report(struct handful_robot *robot) {
  struct handful_transmitter *const transmitter = &robot->transmitter;
  if (robot->is_fault_unsent && begin_frame(transmitter, 15U, 0U)) {
    write_u8(transmitter, (uint8_t)MESSAGE_FAULT);
    write_u8(transmitter, robot->fault);
    write_u8(transmitter, robot->fault_joint);
    write_u64(transmitter, robot->fault_time_us);
    write_float(transmitter, robot->fault_value);
    end_frame_written(transmitter);
    robot->is_fault_unsent = false;
  }
}

/* Skipped when the line is so busy that the ring has no room for it and for answers. */
static void send_state(struct handful_robot *robot, const float *positions,
                       const float *velocities) {
  struct handful_transmitter *const transmitter = &robot->transmitter;
  const uint8_t joint_count = robot->description->joint_count;
  if (begin_frame(transmitter, (uint16_t)(22U + (12U * joint_count)),
                  (uint16_t)HANDFUL_ANSWER_BYTES)) {
    uint8_t joint;
    write_u8(transmitter, (uint8_t)MESSAGE_STATE);
    write_u8(transmitter, joint_count);
    write_u32(transmitter, robot->next_tick);
    write_u64(transmitter, robot->now_us);
    write_u8(transmitter, robot->mode);
    write_u8(transmitter, robot->fault);
    write_u32(transmitter, robot->answered_tick);
    write_u16(transmitter, robot->late_commands);
    for (joint = 0U; joint < joint_count; joint++) {
      write_float(transmitter, positions[joint]);
      write_float(transmitter, velocities[joint]);
      write_float(transmitter, robot->efforts[joint]);
    }
    end_frame_written(transmitter);
    robot->sent_ticks = robot->next_tick + 1U;
  }
}

/* ---- Turning off ---------------------------------------------------------------------------- */

/* Turns the actuators off before all else, and forgets the commands that wait. */
static void turn_off(struct handful_robot *robot, uint8_t next_mode) {
  uint8_t joint;
  robot->hooks.disable_actuators(robot->hooks.context);
  robot->mode = next_mode;
  for (joint = 0U; joint < (uint8_t)HANDFUL_MAXIMUM_JOINTS; joint++) {
    robot->efforts[joint] = 0.0F;
  }
  robot->waiting_count = 0U;
  robot->answered_tick = HANDFUL_NO_TICK;
}

/* Turns off by itself, latches why, and says so; a fault latched before stays. */
static void fail(struct handful_robot *robot, uint8_t fault, uint8_t joint, float value) {
  const bool is_stop = (fault == (uint8_t)HANDFUL_FAULT_STOP_BUTTON) ||
                       (robot->mode == (uint8_t)HANDFUL_MODE_EMERGENCY_STOPPED);
  turn_off(robot,
           is_stop ? (uint8_t)HANDFUL_MODE_EMERGENCY_STOPPED : (uint8_t)HANDFUL_MODE_FAULTED);
  if (robot->fault == (uint8_t)HANDFUL_FAULT_NONE) {
    robot->fault = fault;
    robot->fault_joint = joint;
    robot->fault_value = value;
    robot->fault_time_us = robot->now_us;
    robot->is_fault_unsent = true;
    send_fault_report(robot);
  }
}

static void set_now(struct handful_robot *robot, uint64_t now_us) {
  if (now_us > robot->now_us) {
    robot->now_us = now_us;
  }
}

void handful_robot_set_stop_button(struct handful_robot *robot, bool is_pressed, uint64_t now_us) {
  const bool was_pressed = robot->is_stop_button_pressed;
  set_now(robot, now_us);
  robot->is_stop_button_pressed = is_pressed;
  if (is_pressed && !was_pressed) {
    fail(robot, (uint8_t)HANDFUL_FAULT_STOP_BUTTON, HANDFUL_NO_JOINT, not_a_number());
  }
}

void handful_robot_report_driver_fault(struct handful_robot *robot, uint8_t joint, float value,
                                       uint64_t now_us) {
  set_now(robot, now_us);
  fail(robot, (uint8_t)HANDFUL_FAULT_DRIVER, joint, value);
}

/* ---- The host's messages: session ----------------------------------------------------------- */

/* Begins a session; what is latched stays latched. */
static void begin_session(struct handful_robot *robot, const uint8_t *payload) {
  if (robot->mode == (uint8_t)HANDFUL_MODE_ARMED) {
    turn_off(robot, (uint8_t)HANDFUL_MODE_DISARMED);
  }
  robot->is_streaming = false;
  robot->has_limits = false;
  robot->watchdog_ms = robot->description->watchdog_ms;
  robot->speaks_our_version = (payload[1] == (uint8_t)HANDFUL_PROTOCOL_VERSION);
  send_hello(robot, read_u32(&payload[2]));
}

static struct handful_joint_limits read_limits(const uint8_t *bytes) {
  struct handful_joint_limits limits;
  limits.position_lower = read_float(&bytes[0]);
  limits.position_upper = read_float(&bytes[4]);
  limits.velocity = read_float(&bytes[8]);
  limits.effort = read_float(&bytes[12]);
  return limits;
}

static bool can_enforce(const struct handful_joint *joint,
                        const struct handful_joint_limits *limits) {
  const float capability = joint->is_actuated ? joint->effort_capability : 0.0F;
  const bool has_nan = is_nan(limits->position_lower) || is_nan(limits->position_upper) ||
                       is_nan(limits->velocity) || is_nan(limits->effort);
  return (!has_nan) && (limits->position_lower < limits->position_upper) &&
         (limits->velocity > 0.0F) && (limits->effort >= 0.0F) && (limits->effort <= capability);
}

static bool can_enforce_watchdog(const struct handful_description *description,
                                 uint16_t watchdog_ms) {
  const uint16_t longest = (description->watchdog_ms > (uint16_t)LONGEST_FIRMWARE_WATCHDOG_MS)
                               ? description->watchdog_ms
                               : (uint16_t)LONGEST_FIRMWARE_WATCHDOG_MS;
  return (((uint32_t)watchdog_ms * 1000U) >= description->control_period_us) &&
         (watchdog_ms <= longest);
}

static bool can_enforce_all(const struct handful_robot *robot, const uint8_t *payload) {
  const struct handful_description *const description = robot->description;
  bool can = (payload[1] == description->joint_count) &&
             can_enforce_watchdog(description, read_u16(&payload[2]));
  uint8_t joint;
  for (joint = 0U; can && (joint < description->joint_count); joint++) {
    const struct handful_joint_limits limits = read_limits(&payload[4U + (16U * joint)]);
    can = can_enforce(&description->joints[joint], &limits);
  }
  return can;
}

static void configure(struct handful_robot *robot, const uint8_t *payload) {
  if (robot->mode == (uint8_t)HANDFUL_MODE_ARMED) {
    acknowledge(robot, (uint8_t)MESSAGE_CONFIGURE, (uint8_t)RESULT_ARMED);
  } else if (!can_enforce_all(robot, payload)) {
    acknowledge(robot, (uint8_t)MESSAGE_CONFIGURE, (uint8_t)RESULT_OUT_OF_RANGE);
  } else {
    uint8_t joint;
    for (joint = 0U; joint < robot->description->joint_count; joint++) {
      robot->limits[joint] = read_limits(&payload[4U + (16U * joint)]);
    }
    robot->watchdog_ms = read_u16(&payload[2]);
    robot->has_limits = true;
    send_limits(robot);
  }
}

static void stream(struct handful_robot *robot, bool is_enabled) {
  if (is_enabled) {
    if (!robot->is_streaming) {
      robot->is_streaming = true;
      robot->next_tick = 0U;
      robot->sent_ticks = 0U;
      robot->late_commands = 0U;
    }
  } else {
    if (robot->mode == (uint8_t)HANDFUL_MODE_ARMED) {
      turn_off(robot, (uint8_t)HANDFUL_MODE_DISARMED);
    }
    robot->is_streaming = false;
  }
  acknowledge(robot, (uint8_t)MESSAGE_STREAM, (uint8_t)RESULT_ACCEPTED);
}

/* ---- The host's messages: on and off -------------------------------------------------------- */

static uint8_t arming_result(const struct handful_robot *robot, uint32_t boot_counter) {
  uint8_t result = (uint8_t)RESULT_ACCEPTED;
  if (robot->mode == (uint8_t)HANDFUL_MODE_ARMED) {
    result = (uint8_t)RESULT_ARMED;
  } else if (robot->mode != (uint8_t)HANDFUL_MODE_DISARMED) {
    result = (uint8_t)RESULT_FAULT_LATCHED;
  } else if (boot_counter != robot->boot_counter) {
    result = (uint8_t)RESULT_WRONG_BOOT_COUNTER;
  } else if (!robot->has_limits) {
    result = (uint8_t)RESULT_LIMITS_NOT_SET;
  } else if (!robot->is_streaming) {
    result = (uint8_t)RESULT_NOT_STREAMING;
  } else {
    /* All holds. */
  }
  return result;
}

static void arm(struct handful_robot *robot, uint32_t boot_counter) {
  const uint8_t result = arming_result(robot, boot_counter);
  if (result == (uint8_t)RESULT_ACCEPTED) {
    robot->mode = (uint8_t)HANDFUL_MODE_ARMED;
    robot->has_accepted = false;
    robot->watchdog_start_us = robot->now_us;
    robot->hooks.set_efforts(robot->hooks.context, robot->efforts);
  }
  acknowledge(robot, (uint8_t)MESSAGE_ARM, result);
}

static void disarm(struct handful_robot *robot) {
  if (robot->mode == (uint8_t)HANDFUL_MODE_ARMED) {
    turn_off(robot, (uint8_t)HANDFUL_MODE_DISARMED);
  }
  acknowledge(robot, (uint8_t)MESSAGE_DISARM, (uint8_t)RESULT_ACCEPTED);
}

static void emergency_stop(struct handful_robot *robot) {
  turn_off(robot, (uint8_t)HANDFUL_MODE_EMERGENCY_STOPPED);
  acknowledge(robot, (uint8_t)MESSAGE_EMERGENCY_STOP, (uint8_t)RESULT_ACCEPTED);
}

static void clear_fault(struct handful_robot *robot) {
  uint8_t result = (uint8_t)RESULT_ACCEPTED;
  if (robot->mode == (uint8_t)HANDFUL_MODE_ARMED) {
    result = (uint8_t)RESULT_ARMED;
  } else if (robot->is_stop_button_pressed) {
    result = (uint8_t)RESULT_STOP_BUTTON_PRESSED;
  } else {
    robot->mode = (uint8_t)HANDFUL_MODE_DISARMED;
    robot->fault = (uint8_t)HANDFUL_FAULT_NONE;
    robot->is_fault_unsent = false;
  }
  acknowledge(robot, (uint8_t)MESSAGE_CLEAR_FAULT, result);
}

/* ---- The host's messages: commands ---------------------------------------------------------- */

static float clamped(float effort, float limit) {
  const float raised = (-limit >= effort) ? -limit : effort;
  return (limit < raised) ? limit : raised;
}

static void apply(struct handful_robot *robot, const struct handful_command *command) {
  uint8_t joint;
  for (joint = 0U; joint < robot->description->joint_count; joint++) {
    robot->efforts[joint] = clamped(command->efforts[joint], robot->limits[joint].effort);
  }
  robot->answered_tick = command->answering;
  robot->hooks.set_efforts(robot->hooks.context, robot->efforts);
}

/* Takes a command that breaks no rule. */
static void accept(struct handful_robot *robot, const struct handful_command *command) {
  robot->has_accepted = true;
  robot->accepted_tick = command->answering;
  robot->watchdog_start_us = robot->now_us;
  if (command->apply_at_us < robot->now_us) {
    if (robot->late_commands < UINT16_MAX) {
      robot->late_commands++;
    }
    apply(robot, command);
  } else {
    robot->waiting[robot->waiting_count] = *command;
    robot->waiting_count++;
  }
}

/* Reads the efforts. Returns the first joint whose effort is NaN, or HANDFUL_NO_JOINT. */
static uint8_t read_efforts(const struct handful_robot *robot, const uint8_t *payload,
                            struct handful_command *command) {
  const uint8_t joint_count = robot->description->joint_count;
  uint8_t nan_joint = HANDFUL_NO_JOINT;
  uint8_t joint;
  (void)memset(command->efforts, 0, sizeof(command->efforts));
  for (joint = 0U; joint < joint_count; joint++) {
    command->efforts[joint] = read_float(&payload[22U + (4U * joint)]);
    if ((nan_joint == HANDFUL_NO_JOINT) && is_nan(command->efforts[joint])) {
      nan_joint = joint;
    }
  }
  return nan_joint;
}

static uint64_t watchdog_us(const struct handful_robot *robot) {
  return (uint64_t)((uint32_t)robot->watchdog_ms * 1000U);
}

/* What becomes of a command that arrives while armed, by the first rule that holds. */
static void judge(struct handful_robot *robot, const uint8_t *payload) {
  if (payload[1] != robot->description->joint_count) {
    fail(robot, (uint8_t)HANDFUL_FAULT_INVALID_COMMAND, HANDFUL_NO_JOINT, not_a_number());
  } else {
    struct handful_command command;
    const uint8_t nan_joint = read_efforts(robot, payload, &command);
    const uint64_t expires_at_us = read_u64(&payload[14]);
    command.answering = read_u32(&payload[2]);
    command.apply_at_us = read_u64(&payload[6]);
    if (nan_joint != HANDFUL_NO_JOINT) {
      fail(robot, (uint8_t)HANDFUL_FAULT_INVALID_COMMAND, nan_joint, not_a_number());
    } else if (expires_at_us <= robot->now_us) {
      /* Dropped: too old. */
    } else if ((command.answering >= robot->sent_ticks) ||
               (robot->has_accepted && (command.answering <= robot->accepted_tick))) {
      /* Dropped: answers no state sent, comes twice, or was overtaken. */
    } else if ((command.apply_at_us > (robot->now_us + watchdog_us(robot))) ||
               (robot->waiting_count >= (uint8_t)HANDFUL_WAITING_COMMANDS)) {
      /* Dropped: too early, or no room. */
    } else {
      accept(robot, &command);
    }
  }
}

/* ---- The host's messages: which it is ------------------------------------------------------- */

/* Whether a payload has the length that its type and counts say, and no number that the protocol
 * doesn't list. */
static bool is_well_formed(const uint8_t *payload, uint16_t count) {
  uint16_t expected;
  bool is_listed = true;
  switch (payload[0]) {
    case MESSAGE_HELLO:
      expected = 6U;
      break;
    case MESSAGE_CONFIGURE:
    case MESSAGE_COMMAND:
      expected = 0U;
      if ((count >= 2U) && (payload[1] <= (uint8_t)PROTOCOL_MAXIMUM_JOINTS)) {
        expected = (payload[0] == (uint8_t)MESSAGE_CONFIGURE)
                       ? (uint16_t)(4U + (16U * payload[1]))
                       : (uint16_t)(22U + (4U * payload[1]));
      }
      break;
    case MESSAGE_STREAM:
      expected = 2U;
      is_listed = (count == 2U) && (payload[1] <= 1U);
      break;
    case MESSAGE_ARM:
    case MESSAGE_HEARTBEAT:
    case MESSAGE_ECHO:
      expected = 5U;
      break;
    case MESSAGE_DISARM:
    case MESSAGE_EMERGENCY_STOP:
    case MESSAGE_CLEAR_FAULT:
      expected = 1U;
      break;
    default:
      expected = 0U;
      break;
  }
  return is_listed && (count == expected);
}

static void handle(struct handful_robot *robot, const uint8_t *payload) {
  switch (payload[0]) {
    case MESSAGE_HELLO:
      begin_session(robot, payload);
      break;
    case MESSAGE_CONFIGURE:
      configure(robot, payload);
      break;
    case MESSAGE_STREAM:
      stream(robot, payload[1] == 1U);
      break;
    case MESSAGE_ARM:
      arm(robot, read_u32(&payload[1]));
      break;
    case MESSAGE_DISARM:
      disarm(robot);
      break;
    case MESSAGE_COMMAND:
      if (robot->mode == (uint8_t)HANDFUL_MODE_ARMED) {
        judge(robot, payload);
      }
      break;
    case MESSAGE_EMERGENCY_STOP:
      emergency_stop(robot);
      break;
    case MESSAGE_CLEAR_FAULT:
      clear_fault(robot);
      break;
    case MESSAGE_ECHO:
      send_echo(robot, read_u32(&payload[1]));
      break;
    default:
      /* A heartbeat feeds nothing. */
      break;
  }
}

void handful_robot_receive_byte(struct handful_robot *robot, uint8_t byte, uint64_t now_us) {
  const uint16_t count = handful_receiver_take(&robot->receiver, byte);
  if (count > 0U) {
    const uint8_t *const payload = robot->receiver.buffer;
    /* First what was due before the message came: a command must not save a robot from a watchdog
     * whose time has passed. */
    handful_robot_advance(robot, now_us);
    if (is_well_formed(payload, count) &&
        (robot->speaks_our_version || (payload[0] == (uint8_t)MESSAGE_HELLO) ||
         (payload[0] == (uint8_t)MESSAGE_EMERGENCY_STOP))) {
      handle(robot, payload);
    }
  }
}

/* ---- Time ----------------------------------------------------------------------------------- */

/* Lets waiting commands whose time has come take effect: of several the one that answers the latest
 * state. The others keep their order. */
static void apply_due_commands(struct handful_robot *robot) {
  const struct handful_command *latest = NULL;
  struct handful_command chosen;
  uint8_t kept = 0U;
  uint8_t index;
  for (index = 0U; index < robot->waiting_count; index++) {
    const struct handful_command *const command = &robot->waiting[index];
    if ((command->apply_at_us <= robot->now_us) &&
        ((latest == NULL) || (command->answering > latest->answering))) {
      latest = command;
    }
  }
  if (latest != NULL) {
    chosen = *latest;
    for (index = 0U; index < robot->waiting_count; index++) {
      if (robot->waiting[index].apply_at_us > robot->now_us) {
        if (kept != index) {
          robot->waiting[kept] = robot->waiting[index];
        }
        kept++;
      }
    }
    robot->waiting_count = kept;
    apply(robot, &chosen);
  }
}

void handful_robot_advance(struct handful_robot *robot, uint64_t now_us) {
  set_now(robot, now_us);
  send_fault_report(robot);
  if (robot->mode == (uint8_t)HANDFUL_MODE_ARMED) {
    const uint64_t elapsed_us = robot->now_us - robot->watchdog_start_us;
    if (elapsed_us > watchdog_us(robot)) {
      fail(robot, (uint8_t)HANDFUL_FAULT_WATCHDOG, HANDFUL_NO_JOINT,
           (float)bounded_to_u32(elapsed_us) / 1.0e6F);
    } else {
      apply_due_commands(robot);
    }
  }
}

/* The first joint whose reading is NaN, or HANDFUL_NO_JOINT. */
static uint8_t failed_sensor(const struct handful_robot *robot, const float *positions,
                             const float *velocities) {
  uint8_t joint = 0U;
  while ((joint < robot->description->joint_count) && (!is_nan(positions[joint])) &&
         (!is_nan(velocities[joint]))) {
    joint++;
  }
  return (joint < robot->description->joint_count) ? joint : HANDFUL_NO_JOINT;
}

/* Fails for the first joint that is past a limit. */
static void check_limits(struct handful_robot *robot, const float *positions,
                         const float *velocities) {
  uint8_t joint;
  for (joint = 0U; (robot->mode == (uint8_t)HANDFUL_MODE_ARMED) &&
                   (joint < robot->description->joint_count);
       joint++) {
    const struct handful_joint_limits *const limits = &robot->limits[joint];
    if ((positions[joint] < limits->position_lower) ||
        (positions[joint] > limits->position_upper)) {
      fail(robot, (uint8_t)HANDFUL_FAULT_POSITION_LIMIT, joint, positions[joint]);
    } else if ((velocities[joint] > limits->velocity) || (velocities[joint] < -limits->velocity)) {
      fail(robot, (uint8_t)HANDFUL_FAULT_VELOCITY_LIMIT, joint, velocities[joint]);
    } else {
      /* Within its limits. */
    }
  }
}

void handful_robot_measure(struct handful_robot *robot, const float *positions,
                           const float *velocities, uint64_t now_us) {
  uint8_t failed;
  set_now(robot, now_us);
  failed = failed_sensor(robot, positions, velocities);
  if (failed != HANDFUL_NO_JOINT) {
    fail(robot, (uint8_t)HANDFUL_FAULT_SENSOR, failed, positions[failed]);
  } else {
    check_limits(robot, positions, velocities);
  }
  if (robot->is_streaming) {
    send_state(robot, positions, velocities);
    robot->next_tick++;
  }
}

/* Sets when the next control period begins. Periods that a late loop missed are left out: the tick
 * counts them. */
static void begin_next_period(struct handful_robot *robot) {
  const uint32_t period_us = robot->description->control_period_us;
  const uint64_t late_us = robot->now_us - robot->next_period_us;
  if (late_us >= period_us) {
    const uint32_t missed = bounded_to_u32(late_us) / period_us;
    robot->next_period_us += (uint64_t)missed * period_us;
    if (robot->is_streaming && (robot->next_tick > 0U)) {
      robot->next_tick += missed;
    }
  }
  robot->next_period_us += period_us;
}

bool handful_robot_update(struct handful_robot *robot, uint64_t now_us) {
  bool is_due;
  handful_robot_advance(robot, now_us);
  is_due = (robot->now_us >= robot->next_period_us);
  if (is_due) {
    float positions[HANDFUL_MAXIMUM_JOINTS] = {0.0F};
    float velocities[HANDFUL_MAXIMUM_JOINTS] = {0.0F};
    begin_next_period(robot);
    robot->hooks.read_sensors(robot->hooks.context, positions, velocities);
    handful_robot_measure(robot, positions, velocities, robot->now_us);
  }
  return is_due;
}

/* ---- Boot ----------------------------------------------------------------------------------- */

static bool is_text_short(const char *text) {
  uint8_t count = 0U;
  while ((count <= (uint8_t)HANDFUL_MAXIMUM_TEXT_BYTES) && (text[count] != '\0')) {
    count++;
  }
  return count <= (uint8_t)HANDFUL_MAXIMUM_TEXT_BYTES;
}

static enum handful_status check_joints(const struct handful_description *description) {
  enum handful_status status = HANDFUL_STATUS_OK;
  uint8_t joint;
  for (joint = 0U; (status == HANDFUL_STATUS_OK) && (joint < description->joint_count); joint++) {
    if (description->joints[joint].name == NULL) {
      status = HANDFUL_STATUS_MISSING;
    } else if (!is_text_short(description->joints[joint].name)) {
      status = HANDFUL_STATUS_TEXT_TOO_LONG;
    } else {
      /* As it should be. */
    }
  }
  return status;
}

static enum handful_status check(const struct handful_description *description,
                                 const struct handful_hooks *hooks) {
  enum handful_status status = HANDFUL_STATUS_OK;
  if ((description == NULL) || (hooks == NULL)) {
    status = HANDFUL_STATUS_MISSING;
  } else if ((description->robot_name == NULL) || (description->firmware_version == NULL) ||
             ((description->joints == NULL) && (description->joint_count > 0U)) ||
             (hooks->read_sensors == NULL) || (hooks->set_efforts == NULL) ||
             (hooks->disable_actuators == NULL)) {
    status = HANDFUL_STATUS_MISSING;
  } else if (description->joint_count > (uint8_t)HANDFUL_MAXIMUM_JOINTS) {
    status = HANDFUL_STATUS_TOO_MANY_JOINTS;
  } else if ((!is_text_short(description->robot_name)) ||
             (!is_text_short(description->firmware_version))) {
    status = HANDFUL_STATUS_TEXT_TOO_LONG;
  } else if (description->control_period_us == 0U) {
    status = HANDFUL_STATUS_NO_CONTROL_PERIOD;
  } else {
    status = check_joints(description);
  }
  if (status == HANDFUL_STATUS_OK) {
    const uint16_t hello = frame_bytes(hello_bytes(description));
    const uint16_t limits = frame_bytes((uint16_t)(4U + (16U * description->joint_count)));
    const uint16_t state = frame_bytes((uint16_t)(22U + (12U * description->joint_count)));
    if ((hello > (uint16_t)HANDFUL_TRANSMIT_BYTES) || (limits > (uint16_t)HANDFUL_TRANSMIT_BYTES) ||
        ((uint16_t)(state + (uint16_t)HANDFUL_ANSWER_BYTES) > (uint16_t)HANDFUL_TRANSMIT_BYTES)) {
      status = HANDFUL_STATUS_TRANSMIT_TOO_SMALL;
    }
  }
  return status;
}

enum handful_status handful_robot_init(struct handful_robot *robot,
                                       const struct handful_description *description,
                                       const struct handful_hooks *hooks, uint32_t boot_counter,
                                       uint64_t now_us) {
  const enum handful_status status =
      (robot == NULL) ? HANDFUL_STATUS_MISSING : check(description, hooks);
  if (status == HANDFUL_STATUS_OK) {
    (void)memset(robot, 0, sizeof(*robot));
    robot->description = description;
    robot->hooks = *hooks;
    robot->boot_counter = boot_counter;
    robot->now_us = now_us;
    robot->next_period_us = now_us;
    robot->speaks_our_version = true;
    robot->watchdog_ms = description->watchdog_ms;
    handful_receiver_init(&robot->receiver, robot->receive_buffer,
                          (uint16_t)HANDFUL_RECEIVE_BYTES);
    turn_off(robot, (uint8_t)HANDFUL_MODE_DISARMED);
    send_hello(robot, 0U);
  }
  return status;
}
