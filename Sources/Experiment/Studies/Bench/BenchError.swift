/// What keeps a bench from beginning or going on.
public enum BenchError: Error, Equatable, CustomStringConvertible {
  /// No rule and no file gives a prior of that name.
  case noSuchPrior(name: String, known: [String])
  /// The algorithm and the prior don't go together.
  case priorMismatch(algorithm: String, prior: String)
  /// There is no description of a robot of that name.
  case noSuchRobot(name: String, folders: [String], known: [String])
  /// The folder holds another bench.
  case otherBench(folder: String, what: String, stored: String, wanted: String)
  /// Another process works in the folder.
  case busy(folder: String)
  /// A file of the bench can't be read or written.
  case unusableFile(path: String, reason: String)
  /// The process of a seed failed.
  case seedFailed(seed: UInt64, exitCode: Int32, said: String)
  /// The robot of a seed can't run its trials.
  case stopped(seed: UInt64, ending: String)

  /// What was found and what to do.
  public var description: String {
    switch self {
    case .noSuchPrior(let name, let known):
      "there is no prior '\(name)'; there are: \(known.joined(separator: ", ")); wrong may be followed "
        + "by any percentage from 1 to 99, and a file priors/\(name).yaml beside the robot's "
        + "description would declare one"
    case .priorMismatch(let algorithm, let prior):
      prior == "none"
        ? "algorithm \(algorithm) needs a prior, and --prior is none; give another prior, or "
          + "--algorithm black-drops"
        : "algorithm \(algorithm) uses no prior, and --prior is \(prior); give --prior none, or "
          + "--algorithm gp-mi"
    case .noSuchRobot(let name, let folders, let known):
      "there is no robot '\(name)' in \(folders.joined(separator: " or ")); there are: "
        + "\(known.joined(separator: ", ")); give one of these, or the path of a description with "
        + "--robot"
    case .otherBench(let folder, let what, let stored, let wanted):
      "the folder '\(folder)' holds a bench with \(what) \(stored), not \(wanted); give another --out, "
        + "or --restart to throw away what is there"
    case .busy(let folder):
      "another bench runs in '\(folder)'; wait for it, or give another --out"
    case .unusableFile(let path, let reason): "'\(path)' can't be used: \(reason)"
    case .seedFailed(let seed, let exitCode, let said):
      "seed \(seed) failed with exit code \(exitCode)" + (said.isEmpty ? "" : ": \(said)")
    case .stopped(let seed, let ending):
      "the robot of seed \(seed) was stopped (\(ending)) again and again; a bench measures learning, so its robots must "
        + "be able to run trials: see what 'handful run --port sim --seed \(seed)' says"
    }
  }
}
