import Foundation
import Learner
import TrialStore

/// A search for a policy that the operator interrupted: the best policy until then, and how to go on.
/// The store keeps it as an event; an experiment that is resumed goes on with it and learns what it would
/// have learnt.
struct UnfinishedSearch {
  /// What was learnt until then.
  let episode: LearntEpisode
  /// The last trial that it learnt from.
  let afterTrial: Int

  /// The kind of event that keeps it.
  static let kind = "search-interrupted"

  init(_ episode: LearntEpisode, afterTrial: Int) {
    self.episode = episode
    self.afterTrial = afterTrial
  }

  /// What happened, for people.
  var sentence: String {
    let predicted = (episode.predictedReturn.mean * 1000).rounded() / 1000
    return
      "the search after trial \(afterTrial) was stopped; the best policy so far (predicted reward "
      + "\(predicted) a step) is kept, and --resume goes on from here"
  }

  /// The event that keeps it.
  func event(atUnixSeconds time: Double) throws -> EventRecord {
    EventRecord(
      atUnixSeconds: time, trial: afterTrial, kind: Self.kind, text: sentence,
      json: String(decoding: try JSONEncoder.handful.encode(episode), as: UTF8.self))
  }

  /// The last one of a store, to go on with; nil when none was interrupted.
  static func last(in store: TrialStore) throws -> (afterTrial: Int, state: SearchState)? {
    guard let event = try store.events().last(where: { $0.kind == kind }), let trial = event.trial
    else { return nil }
    let episode = try JSONDecoder.handful.decode(LearntEpisode.self, from: Data(event.json.utf8))
    return episode.unfinishedSearch.map { (trial, $0) }
  }
}
