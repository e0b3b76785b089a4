// swift-tools-version: 6.0
import PackageDescription

// The rooms of the house, ground floor first. Dependencies point down only: a lower target never
// learns who uses it. `Learner` and `HardwareIO` do not know each other; `Experiment` is the only
// target that knows both.

let package = Package(
  name: "handful",
  products: [
    .executable(name: "handful", targets: ["handful"]),
    .library(name: "Robotics", targets: ["Robotics"]),
    .library(name: "FirmwareProtocol", targets: ["FirmwareProtocol"]),
    .library(name: "Learner", targets: ["Learner"]),
    .library(name: "Simulation", targets: ["Simulation"]),
    .library(name: "Supervisor", targets: ["HardwareIO", "Supervisor"]),
    .library(name: "LinearAlgebra", targets: ["LinearAlgebra"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.1.0"),
  ],
  targets: [
    // MARK: C and system libraries
    .target(name: "CPlatform"),
    .target(name: "CKernels", exclude: ["README.md"]),
    // Open MPI, looked for when the program runs under mpirun.
    .target(name: "CMPI"),
    // The C interface for simulators in shared libraries; a header alone.
    .target(name: "CSimulator"),
    .systemLibrary(name: "CMuJoCo", providers: [.apt(["libmujoco-dev"])]),
    // MuJoCo's calls, with its failures as answers.
    .target(name: "CMuJoCoGuard", dependencies: ["CMuJoCo"]),
    // The reference firmware's protocol, for tests to compare with the virtual robot's.
    .target(
      name: "CHandfulRobot", path: "firmware-protocol/c", exclude: ["README.md", "fuzz.c"],
      sources: ["handful_robot.c", "handful_policy.c"], publicHeadersPath: "."),
    .systemLibrary(name: "CUDev", pkgConfig: "libudev", providers: [.apt(["libudev-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),

    // MARK: Vocabulary and mathematics
    .target(name: "Robotics", dependencies: ["Yams"], exclude: ["README.md"]),
    .target(
      name: "LinearAlgebra", dependencies: ["COpenBLAS", "CKernels"], exclude: ["README.md"]),
    .target(name: "FirmwareProtocol", exclude: ["README.md"]),

    // MARK: The robot's side
    .target(
      name: "HardwareIO",
      dependencies: [
        "CPlatform", "CUDev", "FirmwareProtocol", "Robotics",
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      exclude: ["README.md"]),
    .target(
      name: "Simulation",
      dependencies: [
        "CKernels", "CMuJoCo", "CMuJoCoGuard", "CPlatform", "CSimulator", "FirmwareProtocol",
        "LinearAlgebra", "Robotics",
      ],
      exclude: ["README.md"]),
    .target(
      name: "Supervisor", dependencies: ["FirmwareProtocol", "HardwareIO", "Robotics"],
      exclude: ["README.md"]),

    // MARK: The learner's side
    .target(
      name: "TrialStore",
      dependencies: ["Robotics", .product(name: "GRDB", package: "GRDB.swift")],
      exclude: ["README.md"]),
    .target(
      name: "Learner", dependencies: ["CKernels", "Robotics", "LinearAlgebra"],
      exclude: [
        "README.md", "Models/README.md", "Calibration/README.md", "Evaluation/README.md",
        "StateEstimation/README.md",
      ]),
    .target(
      name: "Reporting", dependencies: ["TrialStore", "Robotics"], exclude: ["README.md"]),

    // MARK: Both
    .target(
      name: "Experiment",
      dependencies: [
        "CMPI", "LinearAlgebra", "Supervisor", "TrialStore", "Learner", "Simulation", "Reporting",
      ],
      exclude: ["Doctor/README.md"]),
    .executableTarget(
      name: "handful",
      dependencies: [
        "Experiment", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // MARK: Evidence
    .target(
      name: "Soak",
      dependencies: [
        "FirmwareProtocol", "HardwareIO", "LinearAlgebra", "Robotics", "Simulation", "Supervisor",
        "TrialStore",
      ], exclude: ["README.md"]),
    .executableTarget(
      name: "handful-soak",
      dependencies: ["Soak", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

    // MARK: Tests
    .testTarget(name: "RoboticsTests", dependencies: ["Robotics"]),
    .testTarget(name: "LinearAlgebraTests", dependencies: ["CKernels", "LinearAlgebra"]),
    .testTarget(
      name: "FirmwareProtocolTests", dependencies: ["CAllocationCounter", "FirmwareProtocol"]),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .testTarget(
      name: "HardwareIOTests",
      dependencies: [
        "CAllocationCounter", "CPlatform", "FirmwareProtocol", "HardwareIO", "Robotics",
      ]
    ),
    .testTarget(
      name: "FirmwareReferenceTests",
      dependencies: ["CHandfulRobot", "FirmwareProtocol", "LinearAlgebra", "Simulation"]),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "CAllocationCounter", "CKernels", "CPlatform", "CompiledSimulator", "FirmwareProtocol",
        "LinearAlgebra", "Robotics", "Simulation",
      ]),
    // A simulator in C, compiled by the test that wants it.
    .target(name: "CompiledSimulator", path: "Tests/CompiledSimulator"),
    .testTarget(
      name: "SupervisorTests",
      dependencies: [
        "CAllocationCounter", "HardwareIO", "Robotics", "Simulation", "Supervisor", "WatchedRobot",
      ]),
    .testTarget(name: "SoakTests", dependencies: ["Soak"]),
    // A virtual robot that is watched, behind a line that misbehaves, for the tests of faults.
    .target(
      name: "WatchedRobot", dependencies: ["CPlatform", "LinearAlgebra", "Robotics", "Simulation"],
      path: "Tests/WatchedRobot", exclude: ["README.md"]),
    // A process for the store's tests to kill, lock out and strip of its rights.
    .executableTarget(
      name: "store-writer", dependencies: ["TrialStore"], path: "Tests/StoreWriter"),
    .testTarget(name: "TrialStoreTests", dependencies: ["TrialStore"]),
    .testTarget(
      name: "LearnerTests",
      dependencies: ["CAllocationCounter", "CHandfulRobot", "Learner", "Simulation"]),
    .testTarget(name: "ReportingTests", dependencies: ["Reporting"]),
    .testTarget(
      name: "ExperimentTests",
      dependencies: [
        "Experiment", "HardwareIO", "Learner", "LinearAlgebra", "Robotics", "Simulation",
        "Supervisor", "TrialStore",
      ]),
    .testTarget(
      name: "HandfulTests",
      dependencies: ["CompiledSimulator", "Experiment", "LinearAlgebra", "WatchedRobot"]),
    .testTarget(
      name: "FirmwareImageTests",
      dependencies: ["FirmwareProtocol", "Learner", "LinearAlgebra", "Robotics"]),
  ]
)
