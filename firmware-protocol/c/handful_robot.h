/* The robot's side of the Handful firmware protocol, version 1 (../PROTOCOL.md), in C99.
 *
 * One header and one source, no dynamic memory, no operating system. Fill in a description and
 * three hooks, then from the main loop, with a 64-bit clock of microseconds that is near 0 at boot:
 *
 *     handful_robot_init(&robot, &description, &hooks, boot_counter, now_us);
 *     for (;;) {
 *       while (byte_came) { handful_robot_receive_byte(&robot, byte, now_us); }
 *       handful_robot_set_stop_button(&robot, is_pressed, now_us);
 *       handful_robot_update(&robot, now_us);
 *       while (port_has_room && handful_robot_next_byte(&robot, &byte)) { send(byte); }
 *     }
 *
 * The loop must come round at least every millisecond (the watchdog may be no later), and at least
 * twenty times in a control period. Everything here must be called from one context: the loop, and
 * not an interrupt. The hooks must not call back. A robot must not be copied or moved. */
#ifndef HANDFUL_ROBOT_H
#define HANDFUL_ROBOT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Sizes, fixed when it is compiled ------------------------------------------------------- */

/* The greatest number of joints, 1 to 32. Each costs 119 bytes of RAM, with the sizes below. */
#ifndef HANDFUL_MAXIMUM_JOINTS
#if defined(__AVR__)
#define HANDFUL_MAXIMUM_JOINTS 4
#else
#define HANDFUL_MAXIMUM_JOINTS 32
#endif
#endif

/* The length of the longest frame of a payload of so many bytes, its 0x00 included. */
#define HANDFUL_FRAME_BYTES(payload_bytes) \
  ((payload_bytes) + 5 + (((payload_bytes) + 4 + 253) / 254))

/* The longest frame that the robot takes; hello tells it to the host. At least the robot's own
 * configure and command; a single joint's command is longer than its configure. */
#ifndef HANDFUL_RECEIVE_BYTES
#if HANDFUL_MAXIMUM_JOINTS == 1
#define HANDFUL_RECEIVE_BYTES HANDFUL_FRAME_BYTES(22 + 4)
#else
#define HANDFUL_RECEIVE_BYTES HANDFUL_FRAME_BYTES(4 + (16 * HANDFUL_MAXIMUM_JOINTS))
#endif
#endif

/* Room for answers that a state must leave: a fault, an echo and two acknowledgements. */
#define HANDFUL_ANSWER_BYTES 60

/* Room for what waits to be sent. The default takes the longest hello, a state and the answers; a
 * robot with short names needs less, and handful_robot_init says so when it is too little. */
#ifndef HANDFUL_TRANSMIT_BYTES
#define HANDFUL_TRANSMIT_BYTES                                       \
  (HANDFUL_FRAME_BYTES(19 + (2 * 33) + (39 * HANDFUL_MAXIMUM_JOINTS)) + \
   HANDFUL_FRAME_BYTES(22 + (12 * HANDFUL_MAXIMUM_JOINTS)) + HANDFUL_ANSWER_BYTES)
#endif

/* Define HANDFUL_CRC_BITWISE to reckon the checksum bit by bit: 64 bytes of flash less, and about
 * half as fast. */

/* The number of commands that may wait for their time: what the protocol asks for. */
#define HANDFUL_WAITING_COMMANDS 8

/* The version of the protocol. */
#define HANDFUL_PROTOCOL_VERSION 1

/* The greatest number of bytes of a name. */
#define HANDFUL_MAXIMUM_TEXT_BYTES 32

/* Stands for no tick, and for no joint. */
#define HANDFUL_NO_TICK UINT32_C(0xFFFFFFFF)
#define HANDFUL_NO_JOINT UINT8_C(255)

/* ---- Numbers of the protocol ---------------------------------------------------------------- */

/* Whether the actuators are on. */
enum handful_mode {
  HANDFUL_MODE_DISARMED = 0,
  HANDFUL_MODE_ARMED = 1,
  HANDFUL_MODE_FAULTED = 2,
  HANDFUL_MODE_EMERGENCY_STOPPED = 3
};

/* Why the firmware turned the actuators off by itself. */
enum handful_fault {
  HANDFUL_FAULT_NONE = 0,
  HANDFUL_FAULT_WATCHDOG = 1,
  HANDFUL_FAULT_POSITION_LIMIT = 2,
  HANDFUL_FAULT_VELOCITY_LIMIT = 3,
  HANDFUL_FAULT_INVALID_COMMAND = 4,
  HANDFUL_FAULT_SENSOR = 5,
  HANDFUL_FAULT_STOP_BUTTON = 6,
  HANDFUL_FAULT_DRIVER = 7
};

/* How a joint moves, which fixes its units. */
enum handful_joint_kind {
  HANDFUL_JOINT_REVOLUTE = 0, /* rad, rad/s, N m */
  HANDFUL_JOINT_PRISMATIC = 1 /* m, m/s, N */
};

/* Whether a robot can be made of a description. */
enum handful_status {
  HANDFUL_STATUS_OK = 0,
  HANDFUL_STATUS_MISSING = 1,           /* a pointer is null */
  HANDFUL_STATUS_TOO_MANY_JOINTS = 2,   /* raise HANDFUL_MAXIMUM_JOINTS */
  HANDFUL_STATUS_TEXT_TOO_LONG = 3,     /* a name has more than 32 bytes */
  HANDFUL_STATUS_NO_CONTROL_PERIOD = 4, /* control_period_us is 0 */
  HANDFUL_STATUS_TRANSMIT_TOO_SMALL = 5 /* raise HANDFUL_TRANSMIT_BYTES */
};

/* ---- What the user supplies ----------------------------------------------------------------- */

/* A joint, as hello tells it to the host. */
struct handful_joint {
  const char *name;        /* as the robot's description calls it; UTF-8, at most 32 bytes */
  uint8_t kind;            /* an enum handful_joint_kind */
  bool is_actuated;        /* whether a motor drives it */
  float effort_capability; /* N m or N: the most that the hardware can give; 0 without a motor */
};

/* What is built into the firmware. It must stay as long as the robot does. */
struct handful_description {
  const char *robot_name;       /* UTF-8, at most 32 bytes */
  const char *firmware_version; /* for people; UTF-8, at most 32 bytes */
  uint32_t control_period_us;   /* the time from state to state */
  uint16_t watchdog_ms;         /* how long the actuators may stay on without a command */
  uint8_t joint_count;          /* 0 to HANDFUL_MAXIMUM_JOINTS */
  const struct handful_joint *joints;
};

/* What the robot calls. Each must return within a twentieth of the control period. */
struct handful_hooks {
  void *context; /* given to each hook as it is */

  /* Reads every joint's position (rad or m, not wrapped) and velocity (rad/s or m/s). A reading
   * that is known to be wrong is NaN. */
  void (*read_sensors)(void *context, float *positions, float *velocities);

  /* Turns the actuators on if they are off, and gives these efforts (N m or N) from now on. Called
   * with zeros when the robot is armed. */
  void (*set_efforts)(void *context, const float *efforts);

  /* Turns every actuator off, from now on, whatever it was told before. It may be called while they
   * are off. */
  void (*disable_actuators)(void *context);
};

/* ---- The robot ------------------------------------------------------------------------------ */

/* Finds frames in a stream of bytes. */
struct handful_receiver {
  uint8_t *buffer;           /* holds capacity - 1 bytes at least */
  uint16_t capacity;         /* the longest frame taken, its 0x00 included; 7 at least */
  uint16_t count;            /* bytes of a frame whose end has not come */
  bool is_dropping;          /* the frame at hand is too long */
  uint32_t frames_accepted;  /* frames whose payload was given out */
  uint32_t frames_rejected;  /* runs of bytes up to a 0x00 that were no frame */
  uint32_t bytes_discarded;  /* the bytes of those, their 0x00 included */
};

/* The limits of a joint that the firmware enforces. */
struct handful_joint_limits {
  float position_lower; /* rad or m; minus infinity for none */
  float position_upper; /* rad or m; infinity for none */
  float velocity;       /* rad/s or m/s, either way; infinity for none */
  float effort;         /* N m or N, either way */
};

/* Efforts that wait for their time. */
struct handful_command {
  uint64_t apply_at_us; /* when they take effect */
  uint32_t answering;   /* the tick of the state that they answer */
  float efforts[HANDFUL_MAXIMUM_JOINTS];
};

/* Bytes that wait to be sent, and the frame that is being written behind them. */
struct handful_transmitter {
  uint16_t first;           /* the byte to be sent next */
  uint16_t count;           /* the bytes of whole frames */
  uint16_t written;         /* the bytes of the frame being written */
  uint16_t code_index;      /* where the length of the piece at hand goes */
  uint8_t run;              /* the bytes of the piece at hand */
  uint32_t crc;             /* of the payload so far */
  uint32_t frames_skipped;  /* frames that found no room */
  uint8_t ring[HANDFUL_TRANSMIT_BYTES];
};

/* A robot. Read what you like; write nothing. What is used most comes first, where an AVR's
 * instructions reach it. */
struct handful_robot {
  const struct handful_description *description;
  uint64_t now_us;             /* the robot's clock, as it was told last */
  uint8_t mode;                /* an enum handful_mode */
  uint8_t fault;               /* the latched enum handful_fault */
  bool has_limits;             /* whether the session's host has set limits */
  bool is_streaming;           /* whether states stream */
  bool is_stop_button_pressed;
  bool speaks_our_version;     /* whether the session's host speaks our version */
  bool has_accepted;           /* whether a command was accepted since arming */
  bool is_fault_unsent;        /* a fault's report waits for room */
  uint8_t fault_joint;
  uint8_t waiting_count;       /* commands that wait for their time */
  uint16_t watchdog_ms;        /* in force, with the limits */
  uint16_t late_commands;      /* since the stream began; stays at 65535 */
  uint32_t answered_tick;      /* that the command in force answered */
  uint32_t next_tick;          /* of the next state */
  uint32_t sent_ticks;         /* one more than the tick of the last state sent; 0 before */
  uint32_t accepted_tick;      /* that the last command accepted answered */
  uint64_t watchdog_start_us;  /* when it was accepted, or the robot armed */
  uint64_t next_period_us;     /* when the next control period begins */
  uint32_t boot_counter;       /* this boot's number */
  float fault_value;
  uint64_t fault_time_us;
  struct handful_hooks hooks;
  struct handful_receiver receiver;
  float efforts[HANDFUL_MAXIMUM_JOINTS]; /* in force, after clamping; 0 unless armed */
  struct handful_joint_limits limits[HANDFUL_MAXIMUM_JOINTS];
  struct handful_command waiting[HANDFUL_WAITING_COMMANDS];
  struct handful_transmitter transmitter;
  uint8_t receive_buffer[HANDFUL_RECEIVE_BYTES];
};

/* Makes a robot as it is after a boot: actuators off, disarmed, without limits, not streaming, and
 * with its hello to be sent. boot_counter must differ from that of the boot before: count in
 * EEPROM, or draw it. If the status isn't HANDFUL_STATUS_OK, the robot must not be used. */
enum handful_status handful_robot_init(struct handful_robot *robot,
                                       const struct handful_description *description,
                                       const struct handful_hooks *hooks, uint32_t boot_counter,
                                       uint64_t now_us);

/* Takes a byte from the host; acts on the message that it ends, if it ends one. */
void handful_robot_receive_byte(struct handful_robot *robot, uint8_t byte, uint64_t now_us);

/* Lets the time go on: commands that are due take effect, the watchdog turns the actuators off when
 * none came in time, and when a control period begins the sensors are read, the limits are checked
 * and the state is sent. Returns whether a control period began. */
bool handful_robot_update(struct handful_robot *robot, uint64_t now_us);

/* Says whether the robot's stop button is pressed. Pressing it turns the actuators off and latches
 * the emergency stop; releasing it clears nothing. */
void handful_robot_set_stop_button(struct handful_robot *robot, bool is_pressed, uint64_t now_us);

/* Says that a motor's driver reports an error (heat, current, supply): the actuators go off and the
 * fault latches. Call it in every control period in which the error persists. joint may be
 * HANDFUL_NO_JOINT, value may be NaN. */
void handful_robot_report_driver_fault(struct handful_robot *robot, uint8_t joint, float value,
                                       uint64_t now_us);

/* Gives the next byte for the host. Returns false when there is none. */
bool handful_robot_next_byte(struct handful_robot *robot, uint8_t *byte);

/* The number of bytes that wait to be sent. */
uint16_t handful_robot_pending_bytes(const struct handful_robot *robot);

/* ---- The parts of handful_robot_update, for firmware that keeps its own control period ------ */

/* Lets the time go on without a control period. */
void handful_robot_advance(struct handful_robot *robot, uint64_t now_us);

/* Takes a control period's reading of the sensors, at the time at which they were read: checks the
 * limits, and while streaming sends the state. */
void handful_robot_measure(struct handful_robot *robot, const float *positions,
                           const float *velocities, uint64_t now_us);

/* ---- Frames alone, for firmware that speaks messages of its own ----------------------------- */

/* CRC-32C of `count` bytes. */
uint32_t handful_crc32c(const uint8_t *bytes, uint16_t count);

/* Makes a receiver at the start of a stream, with a buffer for frames of up to `capacity` bytes. */
void handful_receiver_init(struct handful_receiver *receiver, uint8_t *buffer, uint16_t capacity);

/* Takes a byte. Returns the length of the payload, which is then at the start of the buffer until
 * the next byte is taken, when the byte ends a frame whose checksum is right; 0 otherwise. */
uint16_t handful_receiver_take(struct handful_receiver *receiver, uint8_t byte);

/* Queues the frame of a payload to be sent. Returns false, and queues nothing, when it finds no
 * room. */
bool handful_robot_send_payload(struct handful_robot *robot, const uint8_t *payload,
                                uint16_t count);

#ifdef __cplusplus
}
#endif

#endif
