/// The shape of a policy that a task asks to be searched.
///
/// Written as a word, with a number where one is wanted: `trajectory`, `network:10`, `linear`,
/// `radial:20`, `periodic:2`; a word alone stands for the number given here.
public enum PolicyShape: Sendable, Equatable, Codable {
  /// A trajectory and linear feedback around it, planned by the model's derivatives.
  case trajectory
  /// A network with one hidden layer of that many units.
  case network(hiddenUnits: Int)
  /// A weighted sum of the state's features.
  case linear
  /// A weighted sum of that many bells around places in state space: the mean of a Gaussian process
  /// with as many pseudo-targets.
  case radial(centres: Int)
  /// A Fourier series of that many harmonics of a phase that turns steadily, and linear feedback: for
  /// gaits and other motions that repeat.
  case periodic(harmonics: Int)

  /// The forms that ``init(_:)`` reads, for an error to list.
  public static let forms = "trajectory, network:10, linear, radial:20 or periodic:2"

  /// The shape that a text names; nil when it names none.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2, let word = parts.first else { return nil }
    func number(_ usual: Int, most: Int) -> Int? {
      guard parts.count == 2 else { return usual }
      return Int(parts[1]).flatMap { (1...most).contains($0) ? $0 : nil }
    }
    switch (word, parts.count) {
    case ("trajectory", 1): self = .trajectory
    case ("linear", 1): self = .linear
    case ("network", _):
      guard let units = number(10, most: 10_000) else { return nil }
      self = .network(hiddenUnits: units)
    case ("radial", _):
      guard let centres = number(20, most: 10_000) else { return nil }
      self = .radial(centres: centres)
    case ("periodic", _):
      guard let harmonics = number(2, most: 100) else { return nil }
      self = .periodic(harmonics: harmonics)
    default: return nil
    }
  }

  /// The text that names it.
  public var text: String {
    switch self {
    case .trajectory: "trajectory"
    case .network(let units): "network:\(units)"
    case .linear: "linear"
    case .radial(let centres): "radial:\(centres)"
    case .periodic(let harmonics): "periodic:\(harmonics)"
    }
  }
}
