/// Where in a file something was found.
public struct FilePlace: Sendable, Equatable, CustomStringConvertible {
  /// The file, as the caller named it.
  public var file: String
  /// The line, from 1.
  public var line: Int
  /// The keys that lead there, joined by dots: `joints.shoulder.effort_limit`; empty at the top.
  public var key: String

  /// A place from its parts.
  public init(file: String, line: Int, key: String) {
    self.file = file
    self.line = line
    self.key = key
  }

  /// `file:line: key`, as compilers write it, so that editors can jump there.
  public var description: String {
    key.isEmpty ? "\(file):\(line)" : "\(file):\(line): \(key)"
  }
}

/// Why a robot description, or a file of calibrated values, could not be used.
///
/// The description reads `file:line: key: what was found; what is allowed; what to do.`
public enum RobotFileError: Error, Sendable, Equatable {
  /// The file could not be read or written.
  case unreadable(file: String, reason: String)
  /// The file isn't YAML.
  case syntax(FilePlace, problem: String)
  /// A map has the same key twice.
  case duplicateKey(FilePlace)
  /// The file says a format version that this package doesn't know.
  case unknownVersion(FilePlace, found: Int, known: Int)
  /// Something else stands where a map, a list or a text must be.
  case wrongKind(FilePlace, found: String, wanted: String)
  /// A key that must be there is not.
  case missingKey(FilePlace, example: String)
  /// A key that means nothing here.
  case unknownKey(FilePlace, allowed: [String])
  /// A text that isn't one of those allowed.
  case unknownChoice(FilePlace, found: String, allowed: [String])
  /// A map by joints names a joint that the robot doesn't have, or that can't be meant there.
  case unknownJoint(FilePlace, allowed: [String])
  /// A name that isn't made of letters, digits, `-` and `_`, or is too long.
  case badName(FilePlace, found: String)
  /// Two things have the same name.
  case duplicateName(FilePlace, found: String)
  /// A text where a number, or a number with a unit, must be.
  case notANumber(FilePlace, found: String, example: String)
  /// NaN or infinity.
  case notFinite(FilePlace, found: String, example: String)
  /// A unit that is missing, unknown, or of another dimension than asked for.
  case wrongUnit(
    FilePlace, found: String, unit: String, wanted: String, allowed: [String], example: String)
  /// A number outside what makes sense.
  case outOfRange(FilePlace, found: String, allowed: String, remedy: String)
  /// A lower bound above its upper bound.
  case lowerAboveUpper(FilePlace, lower: String, upper: String)
  /// A nominal value outside its own bounds.
  case nominalOutsideBounds(FilePlace, nominal: String, lower: String, upper: String)
  /// A time that isn't a whole number of another.
  case notWholeMultiple(FilePlace, found: String, of: String, nearest: String)
  /// Calibrated values that are for something else than the prior they were to be applied to.
  case calibrationMismatch(found: String, wanted: String, remedy: String)
}

extension RobotFileError: CustomStringConvertible {
  /// A sentence with the place, the value found, the values allowed and the remedy.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): the file can't be used: \(reason); give the path of a file that exists and that "
        + "you may use."
    case .syntax(let place, let problem):
      "\(place): not YAML: \(problem); mend the line, or quote the text."
    case .duplicateKey(let place):
      "\(place): the key stands twice in the same map; once is allowed; remove one of them."
    case .unknownVersion(let place, let found, let known):
      "\(place): the file is of format version \(found); version \(known) is the one known here; "
        + (found > known ? "update handful, or write version \(known)." : "write version \(known).")
    case .wrongKind(let place, let found, let wanted):
      "\(place): found \(found); \(wanted) is wanted; mend the line and its indentation."
    case .missingKey(let place, let example):
      "\(place): the key is missing; it must be there; add it, such as '\(example)'."
    case .unknownKey(let place, let allowed):
      "\(place): unknown key; \(Self.list(allowed)); \(Self.guess(place.lastKey, allowed))"
    case .unknownChoice(let place, let found, let allowed):
      "\(place): found '\(found)'; \(Self.list(allowed)); "
        + Self.guess(found, allowed, else: "write one of these")
    case .unknownJoint(let place, let allowed):
      "\(place): no joint of this name here; \(Self.list(allowed)); \(Self.guess(place.lastKey, allowed))"
    case .badName(let place, let found):
      "\(place): the name '\(found)'; 1 to 32 letters, digits, '-' and '_' are allowed; rename it."
    case .duplicateName(let place, let found):
      "\(place): a second '\(found)'; names must differ; rename one of them."
    case .notANumber(let place, let found, let example):
      "\(place): found '\(found)'; a number is wanted; write it as '\(example)'."
    case .notFinite(let place, let found, let example):
      "\(place): '\(found)' is not finite; a finite number is allowed; write it as '\(example)'."
    case .wrongUnit(let place, let found, let unit, let wanted, let allowed, let example):
      "\(place): '\(found)' has \(unit.isEmpty ? "no unit" : "the unit '\(unit)'"); "
        + Self.units(wanted: wanted, allowed: allowed) + "; write it as '\(example)'."
    case .outOfRange(let place, let found, let allowed, let remedy):
      "\(place): found \(found); \(allowed) is allowed; \(remedy)."
    case .lowerAboveUpper(let place, let lower, let upper):
      "\(place): lower \(lower) is above upper \(upper); lower must be below upper; "
        + "exchange or mend them."
    case .nominalOutsideBounds(let place, let nominal, let lower, let upper):
      "\(place): nominal \(nominal) is outside its bounds; \(lower) to \(upper) is allowed; "
        + "widen the bounds or mend the value."
    case .notWholeMultiple(let place, let found, let of, let nearest):
      "\(place): found \(found); a whole number of \(of) is allowed; write \(nearest)."
    case .calibrationMismatch(let found, let wanted, let remedy):
      "calibrated values: \(found); \(wanted); \(remedy)."
    }
  }

  private static func list(_ allowed: [String]) -> String {
    switch allowed.count {
    case 0: "none is allowed here"
    case 1: "'\(allowed[0])' is allowed here"
    default: "allowed here are " + allowed.joined(separator: ", ")
    }
  }

  private static func guess(
    _ found: String, _ allowed: [String], else remedy: String = "remove or rename it"
  ) -> String {
    Spelling.nearest(to: found, among: allowed).map { "did you mean '\($0)'?" }
      ?? "\(remedy)."
  }

  private static func units(wanted: String, allowed: [String]) -> String {
    allowed == [""] ? "\(wanted) is wanted" : "\(wanted) is wanted, in " + orList(allowed)
  }

  private static func orList(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + last
  }
}

extension FilePlace {
  /// The last of the keys that lead to the place.
  var lastKey: String { key.split(separator: ".").last.map(String.init) ?? "" }
}
