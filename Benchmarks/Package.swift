// swift-tools-version: 6.0
import PackageDescription

// Measurements, apart from the main package so that nobody builds them by accident:
//   cd Benchmarks && swift run -c release gp-benchmark
//   cd Benchmarks && swift run -c release calibration-benchmark
//   cd Benchmarks && swift run -c release learning-benchmark --task pendulum --seeds 1-20
//   cd Benchmarks && swift run -c release link-benchmark timer
//   cd Benchmarks && swift run -c release rollout-benchmark    (wants Debian's libeigen3-dev)
//   cd Benchmarks && swift run -c release optimizer-benchmark  (compare_optimizer.py runs it)
//   cd Benchmarks && swift run -c release envelope-benchmark

let package = Package(
  name: "handful-benchmarks",
  dependencies: [.package(name: "handful", path: "..")],
  targets: [
    // Command lines, and what is said of wrong ones.
    .target(name: "BenchmarkArguments"),
    .executableTarget(
      name: "gp-benchmark",
      dependencies: [
        "BenchmarkArguments",
        .product(name: "Learner", package: "handful"),
        .product(name: "LinearAlgebra", package: "handful"),
        .product(name: "Robotics", package: "handful"),
      ]),
    .executableTarget(
      name: "calibration-benchmark",
      dependencies: [
        "BenchmarkArguments",
        .product(name: "Learner", package: "handful"),
        .product(name: "LinearAlgebra", package: "handful"),
        .product(name: "Robotics", package: "handful"),
        .product(name: "Simulation", package: "handful"),
      ]),
    .executableTarget(
      name: "learning-benchmark",
      dependencies: [
        "BenchmarkArguments",
        .product(name: "Learner", package: "handful"),
        .product(name: "LinearAlgebra", package: "handful"),
        .product(name: "Robotics", package: "handful"),
        .product(name: "Simulation", package: "handful"),
      ]),
    // As published C++ code for policy search is built; unsafe flags are why it can't be a dependency.
    .target(
      name: "CRolloutYardstick",
      cxxSettings: [
        .unsafeFlags(["-O3", "-march=native", "-DNDEBUG", "-isystem", "/usr/include/eigen3"])
      ]),
    .executableTarget(
      name: "rollout-benchmark",
      dependencies: [
        "BenchmarkArguments", "CRolloutYardstick",
        .product(name: "Learner", package: "handful"),
        .product(name: "LinearAlgebra", package: "handful"),
        .product(name: "Robotics", package: "handful"),
        .product(name: "Simulation", package: "handful"),
      ]),
    .executableTarget(
      name: "optimizer-benchmark",
      dependencies: ["BenchmarkArguments", .product(name: "Learner", package: "handful")]),
    .executableTarget(
      name: "envelope-benchmark",
      dependencies: [
        .product(name: "Robotics", package: "handful"),
        .product(name: "Supervisor", package: "handful"),
      ]),
    .target(name: "CLinkBaseline", linkerSettings: [.linkedLibrary("util")]),
    .executableTarget(
      name: "link-benchmark",
      dependencies: [
        "BenchmarkArguments", "CLinkBaseline",
        .product(name: "FirmwareProtocol", package: "handful"),
        .product(name: "Robotics", package: "handful"),
        .product(name: "Simulation", package: "handful"),
        .product(name: "Supervisor", package: "handful"),
      ]),
  ],
  cxxLanguageStandard: .cxx17
)
