import ArgumentParser
import Foundation
import Soak

/// Runs seeded episodes with faults in a simulated time, and says which seeds found something wrong.
@main
struct HandfulSoak: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "handful-soak",
    abstract: "Runs seeded episodes with faults on a simulated robot, looking for anything unsafe.",
    discussion: """
      Without --scenarios and --episodes it runs for --seconds. Each scenario that finds something \
      wrong is printed with its seed; --seed makes it again. Exits 1 when any did.
      """)

  @Option(help: "For how long to begin new scenarios, in seconds.")
  var seconds: Double?
  @Option(help: "How many scenarios to run.")
  var scenarios: Int?
  @Option(help: "After how many episodes to stop.")
  var episodes: Int?
  @Option(help: "The first seed.")
  var firstSeed: UInt64 = 1
  @Option(help: "Runs this one seed, and nothing else.")
  var seed: UInt64?
  @Option(help: "How many threads; one a core unless given.")
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount
  @Option(help: "Every how many scenarios to write a real store; 0 for never.")
  var storeEvery = 500
  @Option(
    name: .customLong("fault"), parsing: .upToNextOption,
    help: "Only these kinds of faults; a seed then stands for another scenario.")
  var faults: [FaultKind] = FaultKind.allCases
  @Option(help: "Where real stores go.")
  var scratch: String = NSTemporaryDirectory()

  func run() throws {
    SeedsInHand.printOnCrash()
    let bounded = scenarios != nil || episodes != nil || seed != nil
    let soak = SoakRun(
      firstSeed: seed ?? firstSeed, scenarioLimit: seed == nil ? scenarios : 1,
      seconds: seconds ?? (bounded ? nil : 60), episodeLimit: episodes,
      threads: seed == nil ? threads : 1, kinds: faults, storeInterval: storeEvery,
      scratchDirectory: scratch)
    let report = soak.run(
      progress: { report in
        say("\(report.episodes) episodes, \(report.failureCount) failures")
      },
      onFailure: { failure in
        say("seed \(failure.seed): \(failure.violations.joined(separator: "; "))")
      })
    print(report.text)
    if report.failureCount > 0 { throw ExitCode(1) }
  }
}

extension FaultKind: ExpressibleByArgument {}

/// Progress goes to standard error; the report alone to standard output.
private func say(_ text: String) {
  FileHandle.standardError.write(Data((text + "\n").utf8))
}
