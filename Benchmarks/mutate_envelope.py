#!/usr/bin/env python3
"""Measures the coverage of the safety core by its tests, and shows that each rule's comparison is held
by one: every mutation below must make a test fail.

    Benchmarks/mutate_envelope.py [--only TEXT] [--coverage-only] [--part K/N]

The safety core is Sources/Supervisor/Envelope and Episode/EpisodeState.swift. It is copied, with the
tests that need nothing else, into a small package of its own, so that each mutation builds in seconds.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TESTS = ["EnvelopeTests", "EnvelopeEdgeTests", "EpisodeMachineTests", "SafetyDocumentTests",
         "PendulumDescription", "Faults/StuckSensorTests", "Faults/EncoderTurnsTests",
         "JointMarginsTests",
         "Rules/EnvelopeBench", "Rules/SoftLimitTests", "Rules/MotorLimitTests",
         "Rules/TipLimitTests", "Rules/EnergyLimitTests", "Rules/StopValuesTests",
         "Rules/StopOrderTests", "Rules/RobotUseTests"]
PACKAGE = """// swift-tools-version: 6.0
import PackageDescription
let package = Package(
  name: "safety-core",
  dependencies: [.package(url: "https://github.com/jpsim/Yams", from: "6.0.0")],
  targets: [
    .target(name: "Robotics", dependencies: ["Yams"], exclude: ["README.md"]),
    .target(name: "FirmwareProtocol", exclude: ["README.md"]),
    .target(name: "Supervisor", dependencies: ["FirmwareProtocol", "Robotics"]),
    .testTarget(name: "SupervisorTests", dependencies: ["Robotics", "Supervisor"]),
  ])
"""

# file, what stands there, what it becomes; each must occur exactly once.
MUTATIONS = [
    ("VelocityLimit", "abs(velocity) <= limits.velocity", "abs(velocity) < limits.velocity"),
    ("VelocityLimit", "abs(velocity) <= limits.velocity", "abs(velocity) >= limits.velocity"),
    ("VelocityLimit", "abs(velocity) <= limits.velocity", "velocity <= limits.velocity"),
    ("BrakingDistance", "max(stop, position) > limits", "max(stop, position) < limits"),
    ("BrakingDistance", "max(stop, position) > limits", "max(stop, position) >= limits"),
    ("BrakingDistance", "max(stop, position) > limits", "min(stop, position) > limits"),
    ("BrakingDistance", "max(stop, position) > limits", "position > limits"),
    ("BrakingDistance", "max(stop, position) > limits", "stop > limits"),
    ("BrakingDistance", "min(stop, position) < limits", "min(stop, position) > limits"),
    ("BrakingDistance", "min(stop, position) < limits", "min(stop, position) <= limits"),
    ("BrakingDistance", "min(stop, position) < limits", "max(stop, position) < limits"),
    ("BrakingDistance", "min(stop, position) < limits", "position < limits"),
    ("BrakingDistance", "min(stop, position) < limits", "stop < limits"),
    ("BrakingDistance", "velocity * abs(velocity)", "velocity * velocity"),
    ("BrakingDistance", "(2 * limits.brakingDeceleration)", "limits.brakingDeceleration"),
    ("BrakingDistance", "+ velocity * latencySeconds", "- velocity * latencySeconds"),
    ("BrakingDistance", "latencySeconds + braking", "latencySeconds"),
    ("EffortRate", "max(asked, previous - change)", "asked"),
    ("EffortRate", "max(asked, previous - change)", "min(asked, previous - change)"),
    ("EffortRate", "min(max(asked, previous - change), previous + change)",
     "max(asked, previous - change)"),
    ("EffortRate", "min(max(", "max(max("),
    ("EffortRate", "previous - change", "previous + change"),
    ("EffortRate", "previous + change", "previous - change"),
    ("EffortRate", "limits.effortRate * periodSeconds", "limits.effortRate"),
    ("SensorPlausibility", "position.isFinite && velocity.isFinite",
     "position.isFinite || velocity.isFinite"),
    ("SensorPlausibility", "position.isFinite && velocity.isFinite", "position.isFinite"),
    ("SensorPlausibility", "position.isFinite && velocity.isFinite", "velocity.isFinite"),
    ("SensorPlausibility", "agrees = velocity.isFinite && abs", "agrees = abs"),
    ("SensorPlausibility", "<= reach", "< reach"),
    ("SensorPlausibility", "<= reach", ">= reach"),
    ("SensorPlausibility", "abs(position - previousPosition)", "(position - previousPosition)"),
    ("SensorPlausibility", "elapsedSeconds + noiseAllowance", "elapsedSeconds"),
    ("SensorPlausibility", "slack = 2.0", "slack = 3.0"),
    ("SensorPlausibility", "isBelieved = hasPrevious && agrees", "isBelieved = agrees"),
    ("SensorPlausibility", "isBelieved = hasPrevious && agrees", "isBelieved = hasPrevious"),
    ("SensorPlausibility", "isBelieved = hasPrevious && agrees", "isBelieved = true"),
    ("SensorPlausibility", "        hasPrevious = false\n        return", "        return"),
    ("SensorPlausibility", "      hasPrevious = true\n      previousPosition = position\n",
     "      hasPrevious = true\n"),
    ("SensorPlausibility", "guard glitchesInARow == 1", "guard glitchesInARow != 1"),
    ("SensorPlausibility", "guard glitchesInARow == 1", "guard glitchesInARow <= 2"),
    ("SensorPlausibility", "glitchesInARow = 0\n      return", "return"),
    ("SensorPlausibility", "previousVelocity * elapsedSeconds", "previousVelocity"),
    ("SensorPlausibility", "    previousPosition = expected\n", ""),
    ("SensorPlausibility", "    isBelieved = false\n    glitches", "    glitches"),
    ("EncoderTurns", "guard isContinuous else", "guard !isContinuous else"),
    ("EncoderTurns", "abs(step) > reach && reach < 0.5 * .pi", "abs(step) > reach"),
    ("EncoderTurns", "abs(step) > reach && reach", "reach"),
    ("EncoderTurns", "abs(step) > reach && reach", "step > reach && reach"),
    ("EncoderTurns", "reach < 0.5 * .pi", "reach > 0.5 * .pi"),
    ("EncoderTurns", "reach < 0.5 * .pi", "reach < 0.1 * .pi"),
    ("EncoderTurns", "turns != 0 && abs(step - 2 * .pi * turns) <= reach", "turns != 0"),
    ("EncoderTurns", "abs(step - 2 * .pi * turns) <= reach", "abs(step - 2 * .pi * turns) > reach"),
    ("EncoderTurns", "offset -= 2 * .pi * turns", "offset += 2 * .pi * turns"),
    ("EncoderTurns", "abs(position + offsetBefore - place) <= reachSince",
     "abs(position + offsetBefore - place) > reachSince"),
    ("EncoderTurns", "abs(position + offsetBefore - place) <= reachSince",
     "(position + offsetBefore - place) <= reachSince"),
    ("EncoderTurns", "abs(position + offsetBefore - place) <= reachSince", "false"),
    ("EncoderTurns", "(elapsedSeconds + secondsBefore)", "elapsedSeconds"),
    ("EncoderTurns", "        offset = offsetBefore\n", ""),
    ("EncoderTurns", "        offsetBefore = offset\n", ""),
    ("EncoderTurns", "        secondsBefore = elapsedSeconds\n", ""),
    ("EncoderTurns", "    positionBefore = .nan\n    // Where", "    // Where"),
    ("EncoderTurns", "if unwrapped.isFinite { previous = unwrapped }", "previous = unwrapped"),
    ("EncoderTurns", "    offset = 0\n    previous = .nan\n", "    previous = .nan\n"),
    ("EncoderTurns", "    offset = 0\n    previous = .nan\n", "    offset = 0\n"),
    ("StuckSensor", "guard step == 0 else", "guard step != 0 else"),
    ("StuckSensor", "step * lastStep > 0", "step * lastStep < 0"),
    ("StuckSensor", "step * lastStep > 0", "true"),
    ("StuckSensor", "min(smallestStep, abs(step))", "max(smallestStep, abs(step))"),
    ("StuckSensor", "min(smallestStep, abs(step))", "abs(step)"),
    ("StuckSensor", "lastSpeed = abs(step) / elapsedSeconds", "lastSpeed = step / elapsedSeconds"),
    ("StuckSensor", "      samplesStill = 0\n      secondsDriven", "      secondsDriven"),
    ("StuckSensor", "      secondsDriven = 0\n", ""),
    ("StuckSensor", "guard limits.effort > 0, wasMoving", "guard wasMoving"),
    ("StuckSensor", "abs(effort) >= Self.effortFraction", "effort >= Self.effortFraction"),
    ("StuckSensor", "abs(effort) >= Self.effortFraction", "abs(effort) > Self.effortFraction"),
    ("StuckSensor", "abs(effort) >= Self.effortFraction * limits.effort { secondsDriven",
     "true { secondsDriven"),
    ("StuckSensor", "secondsDriven > Self.drivenSeconds - 0.5 * elapsedSeconds",
     "secondsDriven > 2 * Self.drivenSeconds"),
    ("StuckSensor", "secondsDriven > Self.drivenSeconds - 0.5 * elapsedSeconds", "true"),
    ("StuckSensor", "samplesStill >= Self.stillSamples && isDriven", "isDriven"),
    ("StuckSensor", "samplesStill >= Self.stillSamples && isDriven",
     "samplesStill >= Self.stillSamples || isDriven"),
    ("StuckSensor", "stepsTheSameWay >= Self.movingSamples && lastSpeed",
     "stepsTheSameWay > Self.movingSamples && lastSpeed"),
    ("StuckSensor", "stepsTheSameWay >= Self.movingSamples && lastSpeed", "lastSpeed"),
    ("StuckSensor", "lastSpeed > leastSpeed", "true"),
    ("StuckSensor", "lastSpeed > leastSpeed", "lastSpeed < leastSpeed"),
    ("StuckSensor", "Self.speedFraction * limits.velocity,", "0,"),
    ("StuckSensor", "Self.brakingFactor * limits.brakingDeceleration * elapsedSeconds)", "0)"),
    ("StuckSensor", "abs(lastStep) > (Self.countsAtLeast - 0.5) * smallestStep", "true"),
    ("StuckSensor", "nextStep > 0.5 * abs(lastStep)", "true"),
    ("StuckSensor", "2 * abs(lastStep) - abs(stepBefore)", "2 * abs(lastStep) + abs(stepBefore)"),
    ("StuckSensor", "      stepBefore = lastStep\n", ""),
    ("StuckSensor", "mutating func reset() { self = StuckSensor() }", "mutating func reset() {}"),
    ("EffortRange", "    lower = -limit\n", "    lower = -.infinity\n"),
    ("EffortRange", "    upper = limit\n", "    upper = .infinity\n"),
    ("EffortRange", "    guard upper > 0 else { return }\n", ""),
    ("EffortRange", "    guard lower < 0 else { return }\n", ""),
    ("EffortRange", "guard upper > 0 else", "guard upper < 0 else"),
    ("EffortRange", "guard lower < 0 else", "guard lower > 0 else"),
    ("EffortRange", "guard fraction < 1 else", "guard fraction > 1 else"),
    ("EffortRange", "velocity >= -slow && upper > bound", "upper > bound"),
    ("EffortRange", "velocity >= -slow && upper > bound", "velocity > -slow && upper > bound"),
    ("EffortRange", "velocity >= -slow && upper > bound", "velocity >= -slow && upper < bound"),
    ("EffortRange", "velocity >= -slow && upper > bound", "velocity >= -slow"),
    ("EffortRange", "      upperRule = rule\n", ""),
    ("EffortRange", "velocity <= slow && lower < -bound", "velocity <= slow"),
    ("EffortRange", "      lowerRule = rule\n", ""),
    ("EffortRange", "velocity <= slow && lower < -bound", "lower < -bound"),
    ("EffortRange", "velocity <= slow && lower < -bound", "velocity < slow && lower < -bound"),
    ("EffortRange", "velocity <= slow && lower < -bound", "velocity <= slow && lower > -bound"),
    ("EffortRange", "    upperRule = rule\n  }\n\n  /// Takes back efforts downwards",
     "  }\n\n  /// Takes back efforts downwards"),
    ("EffortRange", "    lowerRule = rule\n  }\n\n  /// Leaves", "  }\n\n  /// Leaves"),
    ("SoftLimits", "max(stop, position) > upper", "max(stop, position) >= upper"),
    ("SoftLimits", "max(stop, position) > upper", "max(stop, position) < upper"),
    ("SoftLimits", "max(stop, position) > upper", "stop > upper"),
    ("SoftLimits", "max(stop, position) > upper", "position > upper"),
    ("SoftLimits", "min(stop, position) < lower", "min(stop, position) <= lower"),
    ("SoftLimits", "min(stop, position) < lower", "min(stop, position) > lower"),
    ("SoftLimits", "min(stop, position) < lower", "stop < lower"),
    ("SoftLimits", "min(stop, position) < lower", "position < lower"),
    ("SoftLimits", "velocity > soft", "velocity >= soft"),
    ("SoftLimits", "velocity > soft", "velocity < soft"),
    ("SoftLimits", "velocity < -soft", "velocity <= -soft"),
    ("SoftLimits", "velocity < -soft", "velocity > -soft"),
    ("SoftLimits", "softPositionUpper != nil || limits", "softPositionUpper != nil && limits"),
    ("TemperatureLimit", "celsius > limit.hard", "celsius >= limit.hard"),
    ("TemperatureLimit", "celsius > limit.hard", "celsius < limit.hard"),
    ("TemperatureLimit", "guard value > soft", "guard value < soft"),
    ("TemperatureLimit", "guard value > soft", "guard value >= soft"),
    ("TemperatureLimit", "value < hard ?", "value > hard ?"),
    ("TemperatureLimit", "(hard - value) / (hard - soft)", "(value - soft) / (hard - soft)"),
    ("CurrentLimit", "abs(amperes) > limit.hard", "abs(amperes) >= limit.hard"),
    ("CurrentLimit", "abs(amperes) > limit.hard", "amperes > limit.hard"),
    ("CurrentLimit", "abs(amperes) > limit.hard", "abs(amperes) < limit.hard"),
    ("CurrentLimit", "fractionLeft(at: abs(amperes))", "fractionLeft(at: amperes)"),
    ("VoltageLimit", "volts < limits.lower {", "volts <= limits.lower {"),
    ("VoltageLimit", "volts < limits.lower {", "volts > limits.lower {"),
    ("VoltageLimit", "volts > limits.upper", "volts >= limits.upper"),
    ("VoltageLimit", "volts > limits.upper", "volts < limits.upper"),
    ("VoltageLimit", "guard volts < limits.softLower", "guard volts > limits.softLower"),
    ("VoltageLimit", "guard volts < limits.softLower", "guard volts <= limits.softLower"),
    ("VoltageLimit", "volts > limits.lower\n      ?", "volts < limits.lower\n      ?"),
    ("VoltageLimit", "(volts - limits.lower) /", "(limits.softLower - volts) /"),
    ("MotorReadings", "if reading.isFinite", "if !reading.isFinite"),
    ("MotorReadings", "      ageSeconds = 0\n", ""),
    ("MotorReadings", "ageSeconds > Self.longestSeconds", "ageSeconds >= Self.longestSeconds"),
    ("MotorReadings", "ageSeconds > Self.longestSeconds", "ageSeconds < Self.longestSeconds"),
    ("MotorReadings", "max(hottestCelsius, celsius)", "min(hottestCelsius, celsius)"),
    ("MotorReadings", "max(largestAmperes, abs(amperes))", "max(largestAmperes, amperes)"),
    ("MotorReadings", "min(lowestVolts, volts)", "max(lowestVolts, volts)"),
    ("MotorReadings", "max(highestVolts, volts)", "min(highestVolts, volts)"),
    ("TipLimit", "high.xMetres > upper.xMetres {", "high.xMetres >= upper.xMetres {"),
    ("TipLimit", "high.xMetres > upper.xMetres {", "high.xMetres < upper.xMetres {"),
    ("TipLimit", "high.xMetres > upper.xMetres {", "low.xMetres > upper.xMetres {"),
    ("TipLimit", "low.xMetres < lower.xMetres {", "low.xMetres <= lower.xMetres {"),
    ("TipLimit", "high.yMetres > upper.yMetres {", "high.yMetres >= upper.yMetres {"),
    ("TipLimit", "low.yMetres < lower.yMetres {", "low.yMetres <= lower.yMetres {"),
    ("TipLimit", "low.xMetres < lower.xMetres {", "low.xMetres > lower.xMetres {"),
    ("TipLimit", "high.yMetres > upper.yMetres {", "high.yMetres < upper.yMetres {"),
    ("TipLimit", "low.yMetres < lower.yMetres {", "low.yMetres > lower.yMetres {"),
    ("TipLimit", "high.xMetres > upper.xMetres - marginMetres", "high.xMetres < upper.xMetres - marginMetres"),
    ("TipLimit", "low.xMetres < lower.xMetres + marginMetres", "low.xMetres > lower.xMetres + marginMetres"),
    ("TipLimit", "high.yMetres > upper.yMetres - marginMetres", "high.yMetres < upper.yMetres - marginMetres"),
    ("TipLimit", "low.yMetres < lower.yMetres + marginMetres", "low.yMetres > lower.yMetres + marginMetres"),
    ("TipLimit", "upper.xMetres - marginMetres", "upper.xMetres + marginMetres"),
    ("TipLimit", "lower.yMetres + marginMetres", "lower.yMetres - marginMetres"),
    ("TipLimit", "guard x != 0 || y != 0", "guard x != 0 && y != 0"),
    ("TipLimit", "{ outward[slide] = x }", "{ outward[slide] = -x }"),
    ("TipLimit", "dx += lengths[link] * cos(angle)", "dx -= lengths[link] * cos(angle)"),
    ("TipLimit", "dy += lengths[link] * sin(angle)", "dy -= lengths[link] * sin(angle)"),
    ("TipLimit", "x * dx + y * dy", "x * dx"),
    ("TipLimit", "x * dx + y * dy", "y * dy"),
    ("TipLimit", "{ angle -= positions[joint] }", "{}"),
    ("TipLimit", "if !anglesAreRelative {", "if anglesAreRelative {"),
    ("TipLimit", "outward[joint] > 0 {", "outward[joint] < 0 {"),
    ("TipLimit", "outward[joint] < 0 {", "outward[joint] > 0 {"),
    ("TipLimit", "wayPoints = 4", "wayPoints = 1"),
    ("TipLimit", "anglesAreRelative ? angle + place", "!anglesAreRelative ? angle + place"),
    ("TipLimit", "tip.yMetres -= lengths", "tip.yMetres += lengths"),
    ("TipLimit", "positions[joint] + part * (stops", "positions[joint] - part * (stops"),
    ("EnergyLimit", "joules > limit.hard", "joules >= limit.hard"),
    ("EnergyLimit", "joules > limit.hard", "joules < limit.hard"),
    ("EnergyLimit", "guard joules > limit.soft", "guard joules >= limit.soft"),
    ("EnergyLimit", "guard joules > limit.soft", "guard joules < limit.soft"),
    ("EnergyLimit", "velocity >= 0", "velocity > 0"),
    ("EnergyLimit", "velocity >= 0", "velocity <= 0.0"),
    ("EnergyLimit", "velocity <= 0 {", "velocity < 0 {"),
    ("EnergyLimit", "joules += RobotUse", "joules = RobotUse"),
    ("ClampLog", "abs(asked - allowed) > greatest", "abs(asked - allowed) < greatest"),
    ("ClampLog", "abs(asked - allowed) > greatest", "(asked - allowed) > greatest"),
    ("ClampLog", "if entries[index].count == 0 { entries[index].first", "if true { entries[index].first"),
    ("ClampLog", "|| asked.isNaN", ""),
    ("ClampLog", "guard entry.count > 0", "guard entry.count > 1"),
    ("JointMargins", "if effortLimit > 0", "if effortLimit < 0"),
    ("JointMargins", "if effortLimit > 0", "if effortLimit >= 0"),
    ("JointMargins", "lower.isFinite && upper.isFinite", "lower.isFinite"),
    ("JointMargins", "lower.isFinite && upper.isFinite", "upper.isFinite"),
    ("JointMargins", "if extremes.lowestStop <= extremes.highestStop", "if true"),
    ("JointMargins", "max(speed, abs(velocity))", "max(speed, velocity)"),
    ("JointMargins", "min(lowestStop, stop)", "max(lowestStop, stop)"),
    ("JointMargins", "max(highestStop, stop)", "min(highestStop, stop)"),
    ("JointMargins", "max(effort, abs(sent))", "max(effort, sent)"),
    ("RobotUse", "armedSeconds += elapsedSeconds", "armedSeconds = elapsedSeconds"),
    ("RobotUse", "energyJoules += Self", "energyJoules = Self"),
    ("RobotUse", "abs(efforts[joint] * velocities[joint])", "(efforts[joint] * velocities[joint])"),
    ("RobotUse", "if part.isFinite { power += part }", "power += part"),
    ("RobotUse", "return power * elapsedSeconds", "return power"),
    ("RobotUse", "sum.armedSeconds += right", "sum.armedSeconds -= right"),
    ("RobotUse", "sum.energyJoules += right", "sum.energyJoules -= right"),
    ("RobotMargins", "tip.least.xMetres <= tip.greatest.xMetres", "tip.least.xMetres > tip.greatest.xMetres"),
    ("SafetyEnvelope", "guard efforts[joint].isFinite", "guard !efforts[joint].isNaN"),
    ("SafetyEnvelope", "guard efforts[joint].isFinite", "guard !efforts[joint].isInfinite"),
    ("SafetyEnvelope", "if allowed != asked", "if allowed == asked"),
    ("SafetyEnvelope", "min(max(asked, range.lower), range.upper)", "max(asked, range.lower)"),
    ("SafetyEnvelope", "min(max(asked, range.lower), range.upper)", "min(asked, range.upper)"),
    ("SafetyEnvelope", "if narrowed != asked {", "if narrowed == asked {"),
    ("SafetyEnvelope", "asked > narrowed ? range.upperRule", "asked < narrowed ? range.upperRule"),
    ("SafetyEnvelope", "      lastPositions[joint] = positions[joint]\n", ""),
    ("SafetyEnvelope", "      lastVelocities[joint] = velocities[joint]\n", ""),
    ("SafetyEnvelope", "    if case .stop = decision { return decision }\n", ""),
    ("SafetyEnvelope", "if let motorReason { return .stop(motorReason) }", ""),
    ("SafetyEnvelope", "if let tipReason { return .stop(tipReason) }", ""),
    ("SafetyEnvelope", "if let energyReason { return .stop(energyReason) }", ""),
    ("SafetyEnvelope", "first = first ?? reason", "first = reason ?? first"),
    ("SafetyEnvelope", "velocity: velocities[joint], limits: limits[joint])\n      {\n        stop = stop ?? reason\n        continue",
     "velocity: velocities[joint], limits: limits[joint])\n      {\n        return .stop(reason)"),
    ("SafetyEnvelope", "velocity: velocities[joint], limits: limits[joint])\n      {\n        stop = stop ?? reason",
     "velocity: velocities[joint], limits: limits[joint])\n      {\n        stop = reason"),
    ("SafetyEnvelope", "return stop.map { .stop($0) } ?? decision", "return decision"),
    ("SafetyEnvelope", "trialSeconds += elapsedSeconds", "trialSeconds = elapsedSeconds"),
    ("SafetyEnvelope", "    trialSeconds = 0\n", ""),
    ("SafetyEnvelope", "    extremes.update(repeating: JointExtremes())\n", ""),
    ("SafetyEnvelope", "    tip?.narrow(&range, joint: joint)\n", ""),
    ("SafetyEnvelope", "    energy?.narrow(&range, velocity: velocity)\n", ""),
    ("SafetyEnvelope", "slow: StuckSensor.speedFraction * limits[joint].velocity", "slow: 0"),
    ("SafetyEnvelope", "        efforts.update(repeating: 0)\n", ""),
    ("SafetyEnvelope", "        lastEfforts.update(repeating: 0)\n", ""),
    ("SafetyEnvelope", "      lastEfforts[joint] = allowed\n", ""),
    ("SafetyEnvelope", "lastEfforts[joint] = priorEfforts[joint]",
     "priorEfforts[joint] = lastEfforts[joint]"),
    ("SafetyEnvelope", "        positions[joint] = standIn\n", ""),
    ("SafetyEnvelope", "        velocities[joint] = plausibility[joint].standInVelocity\n", ""),
    ("SafetyEnvelope", "        decision = .clamp\n      case", "      case"),
    ("SafetyEnvelope", "controlPeriodSeconds + robot.link.commandDelaySeconds",
     "controlPeriodSeconds"),
    ("SafetyEnvelope", "2 * limits[joint].velocity * periodSeconds", "0"),
    ("SafetyEnvelope", "abs(velocity) / limits.velocity", "velocity / limits.velocity"),
    ("SafetyEnvelope", "abs(stop - middle)", "(middle - stop)"),
    ("SafetyEnvelope", "guard limits.effort > 0", "guard limits.effort >= 0"),
    ("SafetyEnvelope", "guard middle.isFinite else", "guard !middle.isFinite else"),
    ("SafetyEnvelope", "abs(effort) / limits.effort", "effort / limits.effort"),
    ("StopReason+Description", ".deadManReleased: true", ".deadManReleased: false"),
    ("StopReason+Description", "default: false", "default: true"),
    ("EpisodeState", "case .resetting, .ready, .running, .stopping: true",
     "case .resetting, .ready, .running, .stopping, .settled: true"),
    ("EpisodeState", "(.checked, .resetBegun), (.settled, .resetBegun)",
     "(.checked, .resetBegun), (.settled, .resetBegun), (.faulted, .resetBegun)"),
    ("EpisodeState", "(.faulted, .cleared), (.emergencyStopped, .cleared): .connected",
     "(.faulted, .cleared), (.emergencyStopped, .cleared): .checked"),
    ("EpisodeState", "(.resetting, .fault), ", ""),
    ("EpisodeState", "(.running, .emergencyStop), ", ""),
    ("EpisodeState", "(.resetting, .home): .ready", "(.resetting, .home): .running"),
    ("EpisodeState", "(_, .closed): .disconnected", "(_, .closed): .connected"),
    ("EpisodeState", "else { return false }\n    state = next", "else { return true }\n    state = next"),
]


# Mutations that change nothing that can be told from outside, and why.
EQUIVALENT = {
    ("SafetyEnvelope", "guard limits.effort > 0", "guard limits.effort >= 0"):
    "a joint without a motor is only ever sent 0, and Swift's max(x, 0 / 0) is x",
}


def copy(package):
    (package / "Package.swift").write_text(PACKAGE)
    for target in ["Robotics", "FirmwareProtocol"]:
        shutil.copytree(ROOT / "Sources" / target, package / "Sources" / target)
    core = package / "Sources/Supervisor"
    shutil.copytree(ROOT / "Sources/Supervisor/Envelope", core)
    shutil.copy(ROOT / "Sources/Supervisor/Episode/EpisodeState.swift", core)
    tests = package / "Tests/SupervisorTests"
    tests.mkdir(parents=True)
    for name in TESTS:
        shutil.copy(ROOT / f"Tests/SupervisorTests/{name}.swift", tests)
    shutil.copytree(ROOT / "docs", package / "docs")
    return core


def test(package, *options):
    command = ["swift", "test", "--package-path", str(package), "--disable-xctest", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=900)


def run(package):
    """Whether the tests fail; the second is what went wrong before they could."""
    result = test(package)
    output = result.stdout + result.stderr
    # A crash of the test process catches a mutation as well as a failed expectation.
    return result.returncode != 0, "" if "Test run started" in output else output


def coverage(package):
    result = test(package, "--enable-code-coverage")
    if result.returncode != 0:
        sys.exit("the tests fail without a mutation:\n" + result.stdout[-3000:] + result.stderr[-3000:])
    path = subprocess.run(
        ["swift", "test", "--package-path", str(package), "--show-codecov-path"],
        capture_output=True, text=True, check=True).stdout.strip()
    print("coverage of the safety core: lines, regions, functions")
    for entry in json.load(open(path))["data"][0]["files"]:
        name = pathlib.Path(entry["filename"])
        if name.parent.name != "Supervisor":
            continue
        summary = entry["summary"]
        print("  %-34s %s" % (name.name, "  ".join(
            "%d/%d" % (summary[kind]["covered"], summary[kind]["count"])
            for kind in ["lines", "regions", "functions"])))
        for begin, line in uncovered(entry):
            print(f"      line {begin} is never run: {line}")


def uncovered(entry):
    text = pathlib.Path(entry["filename"]).read_text().splitlines()
    for segment in entry["segments"]:
        line, _, count, has_count, is_entry = segment[:5]
        if has_count and is_entry and count == 0:
            yield line, text[line - 1].strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="only mutations of files with this in their name")
    parser.add_argument("--coverage-only", action="store_true")
    parser.add_argument("--part", default="1/1", metavar="K/N",
                        help="every Nth mutation from the Kth on, to share them between runs; the first "
                             "part measures the coverage too")
    arguments = parser.parse_args()
    part, parts = (int(text) for text in arguments.part.split("/"))
    survivors = 0
    wrong = 0
    with tempfile.TemporaryDirectory() as directory:
        package = pathlib.Path(directory) / "safety-core"
        package.mkdir()
        core = copy(package)
        if part == 1:
            coverage(package)
        if arguments.coverage_only:
            return
        tried = 0
        for name, before, after in MUTATIONS[part - 1::parts]:
            if arguments.only not in name:
                continue
            path = core / f"{name}.swift"
            original = path.read_text()
            if original.count(before) != 1:
                print(f"  WRONG     {name}: '{before}' occurs {original.count(before)} times, not once",
                      flush=True)
                wrong += 1
                continue
            path.write_text(original.replace(before, after))
            caught, trouble = run(package)
            path.write_text(original)
            tried += 1
            if trouble:
                print(f"  WRONG     {name}: '{after}' does not build:\n{trouble[-1000:]}", flush=True)
                wrong += 1
                continue
            reason = EQUIVALENT.get((name, before, after))
            if not caught and not reason:
                survivors += 1
            verdict = "caught" if caught else "same" if reason else "SURVIVED"
            print("  %-9s %-22s %s -> %s%s" % (
                verdict, name, before.strip(), after.strip() or "(nothing)",
                f": {reason}" if not caught and reason else ""), flush=True)
    print(f"{tried} mutations, {survivors} survived, {wrong} could not be tried")
    sys.exit(1 if survivors or wrong else 0)


if __name__ == "__main__":
    main()
