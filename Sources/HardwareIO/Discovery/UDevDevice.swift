import CUDev

/// One device of udev's database, held as long as the object lives.
final class UDevDevice {
  private let device: OpaquePointer

  /// Takes over one reference to a device.
  init(owning device: OpaquePointer) { self.device = device }

  deinit { udev_device_unref(device) }

  /// The path of its file in `/dev`.
  var path: String? { string(udev_device_get_devnode(device)) }

  /// Its name in the kernel, such as `ttyUSB0`.
  var name: String? { string(udev_device_get_sysname(device)) }

  /// What happened to it, for a device from a monitor: `add`, `remove`, `change`.
  var action: String? { string(udev_device_get_action(device)) }

  /// Whether it is a virtual device, such as a console, that hangs on nothing.
  var isVirtual: Bool { udev_device_get_parent(device) == nil }

  /// A property that udev's rules gave it.
  func property(_ key: String) -> String? {
    string(udev_device_get_property_value(device, key))
  }

  /// An attribute of the kernel's, of its own.
  func attribute(_ name: String) -> String? {
    string(udev_device_get_sysattr_value(device, name))
  }

  /// An attribute of the kernel's, of the nearest device up the tree that has it.
  func inheritedAttribute(_ name: String) -> String? {
    var current: OpaquePointer? = device
    while let device = current {
      if let value = string(udev_device_get_sysattr_value(device, name)) { return value }
      current = udev_device_get_parent(device)
    }
    return nil
  }

  /// An attribute of the USB device that it hangs on.
  func usbAttribute(_ name: String) -> String? {
    guard let parent = udev_device_get_parent_with_subsystem_devtype(device, "usb", "usb_device")
    else { return nil }
    return string(udev_device_get_sysattr_value(parent, name))
  }

  /// The driver of the nearest device up the tree that has one.
  var driver: String? {
    var current: OpaquePointer? = device
    while let device = current {
      if let driver = string(udev_device_get_driver(device)) { return driver }
      current = udev_device_get_parent(device)
    }
    return nil
  }

  /// The links in `/dev` that point to it.
  var links: [String] {
    var links: [String] = []
    var entry = udev_device_get_devlinks_list_entry(device)
    while let current = entry {
      if let link = string(udev_list_entry_get_name(current)) { links.append(link) }
      entry = udev_list_entry_get_next(current)
    }
    // The list comes from udev's database, the property from the kernel's event as well.
    let listed = property("DEVLINKS")?.split(separator: " ").map(String.init) ?? []
    return links + listed.filter { !links.contains($0) }
  }

  private func string(_ text: UnsafePointer<CChar>?) -> String? { text.map { String(cString: $0) } }
}
