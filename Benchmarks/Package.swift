// swift-tools-version: 6.0
import PackageDescription

// Measurements, apart from the main package so that nobody builds them by accident:
//   cd Benchmarks && swift run -c release gp-benchmark
//   cd Benchmarks && swift run -c release learning-benchmark --task pendulum --seeds 1-20
//   cd Benchmarks && swift run -c release link-benchmark timer

let package = Package(
  name: "handful-benchmarks",
  dependencies: [.package(name: "handful", path: "..")],
  targets: [
    .executableTarget(
      name: "gp-benchmark",
      dependencies: [
        .product(name: "Learner", package: "handful"),
        .product(name: "LinearAlgebra", package: "handful"),
        .product(name: "Robotics", package: "handful"),
      ]),
    .executableTarget(
      name: "learning-benchmark",
      dependencies: [
        .product(name: "Learner", package: "handful"),
        .product(name: "LinearAlgebra", package: "handful"),
        .product(name: "Robotics", package: "handful"),
        .product(name: "Simulation", package: "handful"),
      ]),
    .target(name: "CLinkBaseline", linkerSettings: [.linkedLibrary("util")]),
    .executableTarget(
      name: "link-benchmark",
      dependencies: [
        "CLinkBaseline",
        .product(name: "FirmwareProtocol", package: "handful"),
        .product(name: "Robotics", package: "handful"),
        .product(name: "Simulation", package: "handful"),
        .product(name: "Supervisor", package: "handful"),
      ]),
  ]
)
