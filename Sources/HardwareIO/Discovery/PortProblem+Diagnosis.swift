extension PortProblem {
  /// Where the rules that remedies print belong. The number comes after 50, where udev's own rules
  /// give serial ports to the dialout group, and before 73, where `uaccess` tags take effect and
  /// before 77, where ModemManager decides.
  static let rulesPath = "/etc/udev/rules.d/70-handful.rules"

  /// Everything that stands in the way of an adapter.
  ///
  /// - Parameters:
  ///   - adapter: The adapter, without its problems.
  ///   - group: The group that owns its device file.
  ///   - isProbedByModemManager: Whether ModemManager runs and doesn't leave the port alone.
  package static func diagnose(
    _ adapter: SerialAdapter, group: String, isProbedByModemManager: Bool
  ) -> [PortProblem] {
    var problems: [PortProblem] = []
    if !adapter.isAccessible {
      problems.append(
        PortProblem(
          kind: .permission,
          message: "You may not open \(adapter.path), which belongs to the group \(group).",
          remedy: "Run 'sudo usermod -a -G \(group) $USER' and log in again"
            + rule(adapter, #"SUBSYSTEM=="tty""#, #"MODE="0660", TAG+="uaccess""#)))
    }
    if let holder = adapter.holder {
      problems.append(
        PortProblem(
          kind: .busy, message: "\(adapter.path) is in use by \(holder).",
          remedy: "Close that program; only one may talk to a robot."))
    }
    if let latency = adapter.latencyTimerMilliseconds, latency > 1 {
      problems.append(
        PortProblem(
          kind: .latency,
          message: "The adapter at \(adapter.path) holds bytes back for up to \(latency) ms.",
          remedy: "Handful asks for 1 ms whenever it opens the port; to have it for every program "
            + "put this line into \(rulesPath), then run 'sudo udevadm control --reload' and plug "
            + "the adapter in again: "
            + #"ACTION=="add", SUBSYSTEM=="usb-serial", DRIVER=="ftdi_sio", "#
            + #"ATTR{latency_timer}="1""#))
    }
    if isProbedByModemManager {
      problems.append(
        PortProblem(
          kind: .modemManager,
          message: "ModemManager writes to \(adapter.path) after plugging, to see whether it is a "
            + "modem.",
          remedy: "Run 'sudo systemctl disable --now ModemManager' if you have no modem"
            + rule(adapter, #"SUBSYSTEM=="tty""#, #"ENV{ID_MM_DEVICE_IGNORE}="1""#)))
    }
    return problems
  }

  /// The alternative to a command: a udev rule for this kind of adapter, when it is on USB.
  private static func rule(
    _ adapter: SerialAdapter, _ subsystem: String, _ effect: String
  ) -> String {
    guard let vendor = adapter.vendorID, let product = adapter.productID else { return "." }
    return
      ", or put this line into \(rulesPath), then run 'sudo udevadm control --reload' and plug "
      + "the adapter in again: \(subsystem), ATTRS{idVendor}==\"\(vendor)\", "
      + "ATTRS{idProduct}==\"\(product)\", \(effect)"
  }
}
