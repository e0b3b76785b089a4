"""Decodes frames by the specification alone and compares them with what files say they hold.

Usage: decode_frames.py FILE...

Each FILE is a vector file as described in firmware-protocol/vectors/README.md. Byte stuffing and
checksum come from the packages `cobs` and `crcmod`; the layouts are written here from
firmware-protocol/PROTOCOL.md, not from the Swift sources. Prints the number of vectors checked;
exits 1 at the first that differs.
"""

import json
import math
import struct
import sys

import crcmod.predefined
from cobs import cobs

crc32c = crcmod.predefined.mkCrcFun("crc-32c")

MAXIMUM_JOINTS = 32
MAXIMUM_TEXT = 32

HOST = {
    0x01: "hello", 0x02: "configure", 0x03: "stream", 0x04: "arm", 0x05: "disarm",
    0x06: "command", 0x07: "heartbeat", 0x08: "emergencyStop", 0x09: "clearFault", 0x0A: "echo",
}
ROBOT = {
    0x81: "hello", 0x82: "limits", 0x83: "acknowledgement", 0x84: "state", 0x85: "fault",
    0x86: "echo",
}


class Refused(Exception):
    """A payload is no message; the text is the error's name in the vector files."""


def number(value):
    """A float as vector files write it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def unpack(layout, payload, offset=1):
    return struct.unpack_from("<" + layout, payload, offset)


def expect_length(payload, length):
    if len(payload) != length:
        raise Refused("wrong length")


def joint_count(payload, offset, fixed, each):
    """Checks the count of joints at an offset and the length that follows from it."""
    if len(payload) <= offset:
        raise Refused("truncated")
    count = payload[offset]
    if count > MAXIMUM_JOINTS:
        raise Refused("too many joints")
    if each:
        expect_length(payload, fixed + each * count)
    return count


def below(value, count):
    """A number of an enumeration with so many members."""
    if value >= count:
        raise Refused("unknown value")
    return value


def limits(payload):
    count = joint_count(payload, 1, 4, 16)
    joints = []
    for joint in range(count):
        lower, upper, velocity, effort = unpack("4f", payload, 4 + 16 * joint)
        joints.append({
            "position_lower": number(lower), "position_upper": number(upper),
            "velocity_limit": number(velocity), "effort_limit": number(effort),
        })
    return {"watchdog": unpack("H", payload, 2)[0], "joints": joints}


def decode_host(payload):
    name = HOST.get(payload[0])
    if name is None:
        raise Refused("unknown type")
    fields = {}
    if name == "hello":
        expect_length(payload, 6)
        fields["protocol_version"], fields["nonce"] = unpack("BI", payload)
    elif name == "configure":
        fields = limits(payload)
    elif name == "stream":
        expect_length(payload, 2)
        fields["enabled"] = bool(below(payload[1], 2))
    elif name == "arm":
        expect_length(payload, 5)
        (fields["boot_counter"],) = unpack("I", payload)
    elif name == "command":
        count = joint_count(payload, 1, 22, 4)
        answering, apply_at, expires_at = unpack("IQQ", payload, 2)
        fields["answering"] = answering
        fields["apply_at"], fields["expires_at"] = str(apply_at), str(expires_at)
        fields["efforts"] = [number(e) for e in unpack(f"{count}f", payload, 22)]
    elif name == "heartbeat":
        expect_length(payload, 5)
        (fields["answering"],) = unpack("I", payload)
    elif name == "echo":
        expect_length(payload, 5)
        (fields["token"],) = unpack("I", payload)
    else:
        expect_length(payload, 1)
    fields["message"] = "host " + name
    return fields


def text(payload, offset):
    """A text at an offset, and the offset after it."""
    if offset >= len(payload):
        raise Refused("truncated")
    length = payload[offset]
    if length > MAXIMUM_TEXT:
        raise Refused("text too long")
    end = offset + 1 + length
    if end > len(payload):
        raise Refused("truncated")
    try:
        return payload[offset + 1:end].decode("utf-8"), end
    except UnicodeDecodeError:
        raise Refused("invalid text")


def robot_hello(payload):
    if len(payload) < 19:
        raise Refused("truncated")
    version, nonce, boot, rate, watchdog, frame = unpack("BIIfHH", payload)
    count = joint_count(payload, 18, 0, 0)
    name, offset = text(payload, 19)
    firmware, offset = text(payload, offset)
    joints = []
    for _ in range(count):
        if offset + 6 > len(payload):
            raise Refused("truncated")
        kind, actuated, effort = unpack("BBf", payload, offset)
        below(kind, 2)
        below(actuated, 2)
        joint_name, offset = text(payload, offset + 6)
        joints.append({
            "name": joint_name, "kind": kind, "actuated": bool(actuated),
            "effort_capability": number(effort),
        })
    expect_length(payload, offset)
    return {
        "protocol_version": version, "nonce": nonce, "boot_counter": boot,
        "control_rate": number(rate), "watchdog": watchdog, "maximum_frame": frame,
        "robot_name": name, "firmware_version": firmware, "joints": joints,
    }


def state(payload):
    count = joint_count(payload, 1, 22, 12)
    tick, time, mode, fault, answered, late = unpack("IQBBIH", payload, 2)
    joints = []
    for joint in range(count):
        position, velocity, effort = unpack("3f", payload, 22 + 12 * joint)
        joints.append({
            "position": number(position), "velocity": number(velocity), "effort": number(effort),
        })
    return {
        "tick": tick, "time": str(time), "mode": below(mode, 4), "fault": below(fault, 8),
        "answered_tick": answered, "late_commands": late, "joints": joints,
    }


def decode_robot(payload):
    name = ROBOT.get(payload[0])
    if name is None:
        raise Refused("unknown type")
    if name == "hello":
        fields = robot_hello(payload)
    elif name == "limits":
        fields = limits(payload)
    elif name == "acknowledgement":
        expect_length(payload, 4)
        fields = {
            "message_type": payload[1], "result": below(payload[2], 8),
            "mode": below(payload[3], 4),
        }
    elif name == "state":
        fields = state(payload)
    elif name == "fault":
        expect_length(payload, 15)
        code, joint, time, value = unpack("BBQf", payload)
        fields = {
            "code": below(code, 8), "joint": joint, "time": str(time), "value": number(value),
        }
    else:
        expect_length(payload, 13)
        token, time = unpack("IQ", payload)
        fields = {"token": token, "time": str(time)}
    fields["message"] = "robot " + name
    return fields


def split(stream, maximum_frame):
    """The payloads in a stream, and the counts of rejected runs and of their bytes."""
    payloads, rejected, discarded = [], 0, 0
    runs = stream.split(b"\0")
    for run in runs[:-1]:
        if not run:
            continue
        content = b""
        if len(run) + 1 <= maximum_frame:
            try:
                content = cobs.decode(run)
            except cobs.DecodeError:
                pass
        payload, checksum = content[:-4], content[-4:]
        if payload and struct.pack("<I", crc32c(payload)) == checksum:
            payloads.append(payload)
        else:
            rejected += 1
            discarded += len(run) + 1
    if len(runs[-1]) >= maximum_frame:
        rejected += 1
        discarded += len(runs[-1])
    return payloads, rejected, discarded


def encode(payload):
    return cobs.encode(payload + struct.pack("<I", crc32c(payload))) + b"\0"


def compare(name, what, found, expected):
    if found != expected:
        sys.exit(f"{name}: {what} is {found!r}, but the file says {expected!r}")


def check_message(vector):
    name, frame = vector["name"], bytes.fromhex(vector["frame"])
    payloads, rejected, _ = split(frame, 1344)
    compare(name, "the number of frames", (len(payloads), rejected), (1, 0))
    compare(name, "the payload", payloads[0].hex(), vector["payload"])
    compare(name, "the frame", encode(payloads[0]).hex(), vector["frame"])
    decode = decode_host if payloads[0][0] < 0x80 else decode_robot
    compare(name, "the message", decode(payloads[0]), vector["fields"])


def check_refused(vector):
    name, payload = vector["name"], bytes.fromhex(vector["payload"])
    compare(name, "the frame", encode(payload).hex(), vector["frame"])
    try:
        (decode_host if vector["direction"] == "host" else decode_robot)(payload)
    except Refused as error:
        compare(name, "the error", str(error), vector["error"])
    else:
        sys.exit(f"{name}: decoded, but the file says {vector['error']!r}")


def check_stream(vector):
    payloads, rejected, discarded = split(bytes.fromhex(vector["bytes"]), vector["maximum_frame"])
    name = vector["name"]
    compare(name, "the payloads", [payload.hex() for payload in payloads], vector["payloads"])
    compare(name, "the number rejected", rejected, vector["rejected"])
    compare(name, "the bytes discarded", discarded, vector["discarded"])


def main():
    checked = 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            for vector in json.load(file)["vectors"]:
                if "fields" in vector:
                    check_message(vector)
                elif "error" in vector:
                    check_refused(vector)
                else:
                    check_stream(vector)
                checked += 1
    print(f"checked {checked} vectors")


if __name__ == "__main__":
    main()
