import CUDev
import Foundation

/// Finds serial adapters through udev.
public enum SerialAdapters {
  /// The adapters that are plugged in, with what is wrong with each, in order of their paths.
  /// Consoles and serial ports without hardware behind them are left out.
  public static func list() -> [SerialAdapter] {
    guard let context = udev_new() else { return [] }
    defer { udev_unref(context) }
    guard let enumeration = udev_enumerate_new(context) else { return [] }
    defer { udev_enumerate_unref(enumeration) }
    udev_enumerate_add_match_subsystem(enumeration, "tty")
    udev_enumerate_scan_devices(enumeration)

    let isModemManagerRunning = PortOwnership.isRunning(program: "ModemManager")
    var adapters: [SerialAdapter] = []
    var entry = udev_enumerate_get_list_entry(enumeration)
    while let current = entry {
      entry = udev_list_entry_get_next(current)
      guard let device = udev_device_new_from_syspath(context, udev_list_entry_get_name(current))
      else { continue }
      let adapter = describe(
        UDevDevice(owning: device), isModemManagerRunning: isModemManagerRunning)
      if let adapter { adapters.append(adapter) }
    }
    return adapters.sorted {
      $0.path.compare($1.path, options: .numeric) == .orderedAscending
    }
  }

  /// The adapter with that serial number, if it is plugged in: how a robot is found again after it
  /// was unplugged.
  public static func adapter(serialNumber: String) -> SerialAdapter? {
    list().first { $0.serialNumber == serialNumber }
  }

  /// The path of the port that `--port` asks for.
  ///
  /// - Parameter request: `auto` for the one USB adapter that is there, a device's path, or an
  ///   adapter's serial number.
  /// - Throws: ``LinkError/noAdapter(wanted:)`` or ``LinkError/severalAdapters(paths:)``.
  public static func selectPort(_ request: String) throws(LinkError) -> String {
    if request.hasPrefix("/") { return request }
    return try selectPort(request, among: list())
  }

  /// As ``selectPort(_:)``, among adapters that are known already.
  package static func selectPort(
    _ request: String, among adapters: [SerialAdapter]
  ) throws(LinkError) -> String {
    if request.hasPrefix("/") { return request }
    guard request == "auto" else {
      guard let match = adapters.first(where: { $0.serialNumber == request }) else {
        throw .noAdapter(wanted: request)
      }
      return match.path
    }
    let candidates = adapters.filter { $0.isUSB }
    if candidates.count == 1 { return candidates[0].path }
    if candidates.isEmpty { throw .noAdapter(wanted: nil) }
    // Where there are several, those that can't be opened now are not meant.
    let usable = candidates.filter { $0.isAccessible && $0.holder == nil }
    if usable.count == 1 { return usable[0].path }
    throw .severalAdapters(paths: (usable.isEmpty ? candidates : usable).map { $0.path })
  }

  private static func describe(
    _ device: UDevDevice, isModemManagerRunning: Bool
  ) -> SerialAdapter? {
    // The kernel lists ports of its 8250 driver that don't exist; their type is 0 (PORT_UNKNOWN).
    guard let path = device.path, !device.isVirtual, device.attribute("type") != "0" else {
      return nil
    }
    let isUSB = device.usbAttribute("idVendor") != nil
    var adapter = SerialAdapter(path: path)
    adapter.stablePath = device.links.first { $0.hasPrefix("/dev/serial/by-id/") }
    adapter.vendorID =
      isUSB ? device.property("ID_VENDOR_ID") ?? device.usbAttribute("idVendor") : nil
    adapter.productID =
      isUSB ? device.property("ID_MODEL_ID") ?? device.usbAttribute("idProduct") : nil
    adapter.vendorName =
      device.usbAttribute("manufacturer") ?? device.property("ID_VENDOR_FROM_DATABASE")
      ?? device.property("ID_VENDOR")
    adapter.productName =
      device.usbAttribute("product") ?? device.property("ID_MODEL_FROM_DATABASE")
      ?? device.property("ID_MODEL")
    adapter.serialNumber = device.property("ID_SERIAL_SHORT") ?? device.usbAttribute("serial")
    adapter.driver = device.property("ID_USB_DRIVER") ?? device.driver
    adapter.latencyTimerMilliseconds = device.inheritedAttribute("latency_timer").flatMap {
      Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    adapter.isAccessible = faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0
    adapter.holder = PortOwnership.lockHolder(of: path) ?? PortOwnership.otherProcess(holding: path)
    let isIgnored =
      device.property("ID_MM_DEVICE_IGNORE") == "1" || device.property("ID_MM_PORT_IGNORE") == "1"
    adapter.problems = PortProblem.diagnose(
      adapter, group: PortOwnership.group(of: path),
      isProbedByModemManager: isUSB && isModemManagerRunning && !isIgnored)
    return adapter
  }
}
