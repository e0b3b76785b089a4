#!/usr/bin/env python3
"""Measures the coverage of the safety core by its tests, and shows that each rule's comparison is held
by one: every mutation below must make a test fail.

    Benchmarks/mutate_envelope.py [--only TEXT] [--coverage-only]

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
         "PendulumDescription"]
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
    ("EffortLimit", "max(-limits.effort, previous - change)", "-limits.effort"),
    ("EffortLimit", "max(-limits.effort, previous - change)", "previous - change"),
    ("EffortLimit", "max(-limits.effort, previous - change)",
     "min(-limits.effort, previous - change)"),
    ("EffortLimit", "min(limits.effort, previous + change)", "limits.effort"),
    ("EffortLimit", "min(limits.effort, previous + change)", "previous + change"),
    ("EffortLimit", "min(limits.effort, previous + change)",
     "max(limits.effort, previous + change)"),
    ("EffortLimit", "min(max(asked, lower), upper)", "max(asked, lower)"),
    ("EffortLimit", "min(max(asked, lower), upper)", "min(asked, upper)"),
    ("EffortLimit", "limits.effortRate * periodSeconds", "limits.effortRate"),
    ("SensorPlausibility", "position.isFinite && velocity.isFinite",
     "position.isFinite || velocity.isFinite"),
    ("SensorPlausibility", "position.isFinite && velocity.isFinite", "position.isFinite"),
    ("SensorPlausibility", "position.isFinite && velocity.isFinite", "velocity.isFinite"),
    ("SensorPlausibility", "if velocity.isFinite && abs", "if abs"),
    ("SensorPlausibility", "<= reach", "< reach"),
    ("SensorPlausibility", "<= reach", ">= reach"),
    ("SensorPlausibility", "abs(position - previousPosition)", "(position - previousPosition)"),
    ("SensorPlausibility", "elapsedSeconds + noiseAllowance", "elapsedSeconds"),
    ("SensorPlausibility", "slack = 2.0", "slack = 3.0"),
    ("SensorPlausibility", "guard glitchesInARow == 1", "guard glitchesInARow != 1"),
    ("SensorPlausibility", "guard glitchesInARow == 1", "guard glitchesInARow <= 2"),
    ("SensorPlausibility", "glitchesInARow = 0\n      return", "return"),
    ("SensorPlausibility", "previousVelocity * elapsedSeconds", "previousVelocity"),
    ("SensorPlausibility", "    isPrimed = false\n    glitches", "    glitches"),
    ("SafetyEnvelope", "guard efforts[joint].isFinite", "guard !efforts[joint].isNaN"),
    ("SafetyEnvelope", "guard efforts[joint].isFinite", "guard !efforts[joint].isInfinite"),
    ("SafetyEnvelope", "if allowed != efforts[joint]", "if allowed == efforts[joint]"),
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
    ("StopReason+Description", "self == .operatorStop", "self != .operatorStop"),
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
    arguments = parser.parse_args()
    survivors = 0
    with tempfile.TemporaryDirectory() as directory:
        package = pathlib.Path(directory) / "safety-core"
        package.mkdir()
        core = copy(package)
        coverage(package)
        if arguments.coverage_only:
            return
        tried = 0
        for name, before, after in MUTATIONS:
            if arguments.only not in name:
                continue
            path = core / f"{name}.swift"
            original = path.read_text()
            if original.count(before) != 1:
                sys.exit(f"{name}: '{before}' occurs {original.count(before)} times, not once")
            path.write_text(original.replace(before, after))
            result = test(package)
            path.write_text(original)
            tried += 1
            output = result.stdout + result.stderr
            # A crash of the test process catches a mutation as well as a failed expectation.
            if "Test run started" not in output:
                sys.exit(f"{name}: '{after}' does not build:\n{output[-2000:]}")
            caught = result.returncode != 0
            if not caught:
                survivors += 1
            print("  %-9s %-22s %s -> %s" % (
                "caught" if caught else "SURVIVED", name, before.strip(), after.strip() or "(nothing)"),
                flush=True)
    print(f"{tried} mutations, {survivors} survived")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
