/// A serial adapter as udev knows it, and what stands in the way of using it.
public struct SerialAdapter: Sendable, Equatable, Codable {
  /// The device's path now, such as `/dev/ttyUSB0`; another after the next plugging, maybe.
  public var path: String
  /// A path that names the adapter whatever the order of plugging (`/dev/serial/by-id/…`), when udev
  /// made one.
  public var stablePath: String?
  /// The USB vendor's number in hexadecimal, such as `0403`; nil for a port that isn't USB.
  public var vendorID: String?
  /// The USB product's number in hexadecimal, such as `6001`.
  public var productID: String?
  /// The vendor's name.
  public var vendorName: String?
  /// The product's name.
  public var productName: String?
  /// The adapter's serial number.
  public var serialNumber: String?
  /// The kernel's driver, such as `ftdi_sio`.
  public var driver: String?
  /// How long the adapter holds bytes back before passing them on, in milliseconds, where its driver
  /// says so (FTDI).
  public var latencyTimerMilliseconds: Int?
  /// Whether this user may open it.
  public var isAccessible: Bool
  /// The process that has it open, when one was found.
  public var holder: String?
  /// What stands in the way, with remedies.
  public var problems: [PortProblem]

  /// An adapter from its parts.
  public init(
    path: String, stablePath: String? = nil, vendorID: String? = nil, productID: String? = nil,
    vendorName: String? = nil, productName: String? = nil, serialNumber: String? = nil,
    driver: String? = nil, latencyTimerMilliseconds: Int? = nil, isAccessible: Bool = true,
    holder: String? = nil, problems: [PortProblem] = []
  ) {
    self.path = path
    self.stablePath = stablePath
    self.vendorID = vendorID
    self.productID = productID
    self.vendorName = vendorName
    self.productName = productName
    self.serialNumber = serialNumber
    self.driver = driver
    self.latencyTimerMilliseconds = latencyTimerMilliseconds
    self.isAccessible = isAccessible
    self.holder = holder
    self.problems = problems
  }

  /// Whether it hangs on USB.
  public var isUSB: Bool { vendorID != nil }
}

/// Something that stands in the way of using an adapter, or slows it down.
public struct PortProblem: Sendable, Equatable, Codable {
  /// The usual obstacles.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// This user may not open it.
    case permission
    /// Another process has it open.
    case busy
    /// The adapter holds bytes back for longer than a control loop likes.
    case latency
    /// ModemManager probes the port after plugging, and writes to it.
    case modemManager
  }

  /// Which obstacle.
  public var kind: Kind
  /// What is the matter, in a sentence.
  public var message: String
  /// What to do about it: a sentence, and commands where there are any.
  public var remedy: String

  /// A problem from its parts.
  public init(kind: Kind, message: String, remedy: String) {
    self.kind = kind
    self.message = message
    self.remedy = remedy
  }
}
