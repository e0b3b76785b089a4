/// The udev rule that lets a person at this machine use their adapters: without root, without a
/// modem manager in between, and with an FTDI adapter's latency timer at one millisecond.
public enum UDevRule {
  /// A kind of adapter.
  struct Kind: Hashable {
    var vendorID: String
    var productID: String?
    var name: String
    var isFTDI = false
  }

  /// The vendors of usual adapters, for when none is plugged in.
  static let usualVendors = [
    Kind(vendorID: "0403", name: "FTDI", isFTDI: true),
    Kind(vendorID: "10c4", name: "Silicon Labs CP210x"),
    Kind(vendorID: "1a86", name: "QinHeng CH340 and CH9102"),
    Kind(vendorID: "067b", name: "Prolific PL2303"),
    Kind(vendorID: "2341", name: "Arduino"),
    Kind(vendorID: "2e8a", name: "Raspberry Pi Pico"),
    Kind(vendorID: "303a", name: "Espressif"),
    Kind(vendorID: "0483", name: "STMicroelectronics"),
    Kind(vendorID: "16c0", name: "Teensy"),
  ]

  /// The whole file, comments on how to install it included.
  ///
  /// - Parameter adapters: The adapters to write the rule for; those that aren't USB are left out.
  ///   Without any, the rule is for the usual vendors.
  public static func text(for adapters: [SerialAdapter]) -> String {
    var kinds: [Kind] = []
    for adapter in adapters {
      guard let vendor = adapter.vendorID, let product = adapter.productID else { continue }
      let names = [adapter.vendorName, adapter.productName].compactMap { $0 }
      let kind = Kind(
        vendorID: vendor, productID: product,
        name: names.isEmpty ? "\(vendor):\(product)" : names.joined(separator: " "),
        isFTDI: adapter.driver == "ftdi_sio")
      if !kinds.contains(where: { $0.vendorID == vendor && $0.productID == product }) {
        kinds.append(kind)
      }
    }
    let found = kinds.isEmpty ? "usual serial adapters" : "the serial adapters plugged in"
    var lines = [
      "# For \(found). Install with:",
      "#   handful ports --udev-rule | sudo tee \(PortProblem.rulesPath)",
      "#   sudo udevadm control --reload && sudo udevadm trigger --subsystem-match=tty",
      "# then plug the adapter in again.",
    ]
    for kind in kinds.isEmpty ? usualVendors : kinds { lines += Self.lines(for: kind) }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func lines(for kind: Kind) -> [String] {
    var match = #"ATTRS{idVendor}=="\#(kind.vendorID)""#
    if let product = kind.productID { match += #", ATTRS{idProduct}=="\#(product)""# }
    var lines = [
      "", "# " + kind.name.filter { !$0.isNewline },
      #"SUBSYSTEM=="tty", \#(match), MODE="0660", TAG+="uaccess", ENV{ID_MM_DEVICE_IGNORE}="1""#,
    ]
    if kind.isFTDI {
      lines.append(
        #"ACTION=="add", SUBSYSTEM=="usb-serial", DRIVER=="ftdi_sio", ATTR{latency_timer}="1""#)
    }
    return lines
  }
}
