import ArgumentParser
import Experiment
import Foundation

/// The command line, thin: parse, call, print. Names and exit codes are a contract.
@main
struct Handful: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "handful",
    abstract: "Learns a control policy on a real robot in a handful of trials.",
    discussion: """
      Real trials alternate with offline policy search: run a trial, fit a model of the dynamics to \
      every trial logged so far, search a better policy in it, run again. A supervisor stands \
      between learning and robot.

      Exit codes: 0 success; 1 the work failed; 2 bad input; 3 the task was not solved within the \
      trials; 4 the robot was stopped for safety; 130 interrupted while the robot stood.
      """,
    version: "handful \(version)",
    subcommands: [
      RunCommand.self, ReplayCommand.self, CalibrateCommand.self, ModelCommand.self,
      PortsCommand.self, DoctorCommand.self,
      SimulateCommand.self, TrialsCommand.self, ReportCommand.self, ExportCommand.self,
      RewardCommand.self, BenchCommand.self, BenchSeedCommand.self,
    ])

  /// Which of the processes that `mpirun` started this is; 0 without `mpirun`.
  private static let place = MPITeam.rankBeforeJoining

  static let version = "0.1.0"

  /// Parses and runs, and turns every way to end into its exit code.
  static func main() {
    _ = place
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if MPITeam.isPresent && !(command is RunCommand) {
        throw Failure.BadInput(
          message: "started by mpirun, which is for 'handful run' alone; run this without it")
      }
      try command.run()
      Foundation.exit(HandfulExit.success.rawValue)
    } catch {
      exit(for: error)
    }
  }

  private static func exit(for error: any Error) -> Never {
    if let ending = error as? HandfulExit { Foundation.exit(ending.rawValue) }
    // Help and version are for stdout; everything else is a parse error, which is bad input.
    if exitCode(for: error) == .success {
      print(fullMessage(for: error))
      Foundation.exit(HandfulExit.success.rawValue)
    }
    if let failure = Failure(error) {
      // Of several processes, each may have something else to tell.
      if place > 0 { Console.shared.write("process \(place): ") }
      Console.shared.fail(failure.message)
      Foundation.exit(failure.exit.rawValue)
    }
    Console.shared.write(fullMessage(for: error) + "\n")
    Foundation.exit(HandfulExit.badInput.rawValue)
  }
}

/// The exit codes of the contract.
enum HandfulExit: Int32, Error {
  case success = 0
  case failed = 1
  case badInput = 2
  case notSolved = 3
  case stoppedForSafety = 4
  case interrupted = 130
}
