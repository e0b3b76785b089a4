import Foundation
import Robotics
import TrialStore

/// A directory that is gone when the test is over.
final class Scratch {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "/handful-store-tests-" + UUID().uuidString
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the directory.
  func file(_ name: String = "store.sqlite") -> String { path + "/" + name }
}

/// A cart and a pole: one joint of each kind, one of them driven.
let cartPoleJoints = [
  Joint(
    name: "cart", kind: .prismatic,
    limits: JointLimits(
      positionLower: -0.5, positionUpper: 0.5, velocity: 3, effort: 10, brakingDeceleration: 4)),
  Joint(
    name: "pole", isActuated: false, isContinuous: true,
    limits: JointLimits(velocity: 20, effort: 0, brakingDeceleration: 0)),
]

func makeExperiment(task: String = "swing-up") -> ExperimentRecord {
  ExperimentRecord(
    robotName: "cart-pole", robotFileText: "name: cart-pole\n# größer ✓\n", joints: cartPoleJoints,
    controlRateHertz: 100, task: task, algorithm: "black-drops",
    settingsJSON: #"{"particles":16}"#, seed: .max, handfulVersion: "0.1.0",
    createdAtUnixSeconds: 1_700_000_000.25)
}

/// Samples of a cart-pole with numbers that differ in every place.
func makeSamples(ticks: Range<Int>, from trial: Int = 1) -> [Sample] {
  ticks.map { tick in
    let x = Double(tick)
    return Sample(
      tick: tick, robotTimeSeconds: 0.01 * x, hostTimeSeconds: 0.01 * x + 0.0007,
      positions: [0.1 * x, Double(trial) + x / 3], velocities: [-x, 1 / (x + 1)],
      askedAction: [x * 1.5], sentAction: [min(x * 1.5, 10)],
      flags: tick % 10 == 0 ? .decision : [])
  }
}

extension TrialStore {
  /// Begins a trial whose particulars don't matter.
  func beginTrial() throws(StoreError) -> Int {
    try beginTrial(
      origin: .random, seed: 3, samplePeriodSeconds: 0.01, startedAtUnixSeconds: 1_700_000_100)
  }
}

/// A finished process: what it said and how it ended.
struct Run {
  var output: String
  var status: Int32

  /// Runs a program found on the PATH (or at a path) to its end.
  init(_ arguments: [String]) throws {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    status = process.terminationStatus
  }

  /// Whether a program is on the PATH.
  static func has(_ program: String) -> Bool {
    (try? Run(["which", program]))?.status == 0
  }
}

/// Where the helper process's program is: beside the test bundle.
var storeWriter: String {
  let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  return (tests as NSString).deletingLastPathComponent + "/store-writer"
}

/// Whether the tests may do what only root may.
let isRoot = geteuid() == 0
