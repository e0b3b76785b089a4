import Foundation
import Learner
import LinearAlgebra
import Robotics

/// What the first member of a team tells the others to do.
enum TeamWork: Codable {
  /// Learn an episode in step with the first member.
  case learn(LearningJob)
  /// The experiment is over.
  case end
}

/// The arguments of
/// ``Learner/EpisodeLearner/learn(episode:steps:measurementNoise:middleSteps:previous:resuming:progress:isCancelled:)``.
struct LearningJob: Codable {
  var episode: Int
  var steps: [[Step]]
  var measurementNoise: [Double]?
  var middleSteps: [[Step]]?
  var previous: LearntEpisode?
  var resuming: SearchState?
}

extension MPITeam {
  /// Checks, on every member, that all have been given the same experiment: a host may have another
  /// copy of the robot file.
  ///
  /// - Throws: ``ExperimentError/membersDiffer`` on every member when they haven't.
  public func ensureSameExperiment(_ configuration: RunConfiguration) throws {
    var settings = configuration.settings
    settings.threads = 1
    let text =
      configuration.robotFileText
      + String(decoding: try JSONEncoder.handful.encode(settings), as: UTF8.self)
      + "\(configuration.task) \(String(describing: configuration.robot.prior))"
    let subject = Parallel.fingerprint(of: text.utf8.map(UInt64.init) + [configuration.seed])
    if exchange([], about: subject) == nil { throw ExperimentError.membersDiffer }
  }

  /// Tells the others what to learn; the caller then learns it, in step with them. Once they have parted
  /// there is nobody to tell: the others have left.
  func lead(_ job: LearningJob) throws {
    guard !hasParted else { return }
    announce(try JSONEncoder.handful.encode(TeamWork.learn(job)))
  }

  /// Tells the others that it is over, and leaves. On another member than the first, leaves.
  public func end() {
    if rank == 0, !hasParted, let data = try? JSONEncoder.handful.encode(TeamWork.end) {
      announce(data)
    }
    leave()
  }

  /// Does what the first member says until it is over.
  ///
  /// - Throws: What isn't a result of the data, which the first member meets, too.
  public func follow(_ configuration: RunConfiguration) throws {
    let learner = try configuration.makeLearner(team: self)
    while true {
      let work = try JSONDecoder.handful.decode(TeamWork.self, from: nextAnnouncement())
      guard case .learn(let job) = work else { return }
      // An error of the learner's is the first member's to tell: it met the same one.
      _ = try? learner.learn(
        episode: job.episode, steps: job.steps, measurementNoise: job.measurementNoise,
        middleSteps: job.middleSteps, previous: job.previous, resuming: job.resuming)
      if hasParted { throw ExperimentError.membersDiffer }
    }
  }
}
