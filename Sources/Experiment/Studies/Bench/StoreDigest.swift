import Robotics
import TrialStore

/// Whether two experiments are the same, bit for bit: every sample but for the host's clock, which no
/// two runs share, and every policy.
public enum StoreDigest {
  /// The digest of a store's samples and policies.
  ///
  /// - Throws: `StoreError`.
  public static func digest(of store: TrialStore) throws -> String {
    var digest = Digest()
    for trial in try store.trials() {
      digest.add(UInt64(trial.number))
      for sample in trial.samples {
        for word in words(of: sample) { digest.add(word) }
      }
    }
    for episode in try store.episodes() {
      digest.add(UInt64(episode.afterTrial))
      Array(episode.policyJSON.utf8).withUnsafeBytes { digest.add($0) }
    }
    return digest.text
  }

  /// What first differs between two stores, in a sentence; nil when nothing does.
  ///
  /// - Throws: `StoreError`.
  public static func firstDifference(_ one: TrialStore, _ other: TrialStore) throws -> String? {
    let episodes = (try one.episodes(), try other.episodes())
    let trials = (try one.trials(), try other.trials())
    for (first, second) in zip(trials.0, trials.1) {
      for (a, b) in zip(first.samples, second.samples) where words(of: a) != words(of: b) {
        return "sample \(a.tick) of trial \(first.number) differs"
      }
      if first.samples.count != second.samples.count {
        return "trial \(first.number) has \(first.samples.count) samples and "
          + "\(second.samples.count)"
      }
      let policies = [episodes.0, episodes.1].map { list in
        list.first { $0.afterTrial == first.number }?.policyJSON
      }
      if policies[0] != policies[1] {
        return "the policy learnt after trial \(first.number) differs"
      }
    }
    return trials.0.count == trials.1.count
      ? nil : "there are \(trials.0.count) trials and \(trials.1.count)"
  }

  private static func words(of sample: Sample) -> [UInt64] {
    [
      UInt64(sample.tick), UInt64(sample.flags.rawValue), sample.robotTimeSeconds.bitPattern,
    ]
      + (sample.positions + sample.velocities + sample.askedAction + sample.sentAction)
      .map(\.bitPattern)
  }
}
