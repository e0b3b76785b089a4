import HardwareIO
import Testing

@Suite("The udev rule that is printed")
struct UDevRuleTests {
  private func rules(_ text: String) -> [Substring] {
    text.split(separator: "\n").filter { !$0.hasPrefix("#") }
  }

  @Test("Names the adapters that are plugged in, each kind once")
  func found() {
    let ftdi = SerialAdapter(
      path: "/dev/ttyUSB0", vendorID: "0403", productID: "6001", vendorName: "FTDI",
      productName: "FT232R", serialNumber: "A", driver: "ftdi_sio")
    var second = ftdi
    second.serialNumber = "B"
    let arduino = SerialAdapter(
      path: "/dev/ttyACM0", vendorID: "2341", productID: "0042", driver: "cdc_acm")
    let text = UDevRule.text(for: [ftdi, second, arduino])
    let rules = rules(text)
    #expect(
      rules == [
        #"SUBSYSTEM=="tty", ATTRS{idVendor}=="0403", ATTRS{idProduct}=="6001", MODE="0660", "#
          + #"TAG+="uaccess", ENV{ID_MM_DEVICE_IGNORE}="1""#,
        #"ACTION=="add", SUBSYSTEM=="usb-serial", DRIVER=="ftdi_sio", ATTR{latency_timer}="1""#,
        #"SUBSYSTEM=="tty", ATTRS{idVendor}=="2341", ATTRS{idProduct}=="0042", MODE="0660", "#
          + #"TAG+="uaccess", ENV{ID_MM_DEVICE_IGNORE}="1""#,
      ])
    #expect(text.contains("sudo tee /etc/udev/rules.d/70-handful.rules"))
  }

  @Test("Is for the usual vendors when no USB adapter is plugged in")
  func general() {
    let rules = rules(UDevRule.text(for: [SerialAdapter(path: "/dev/ttyS0")]))
    #expect(rules.count > 5)
    for vendor in ["0403", "10c4", "1a86", "2341", "2e8a"] {
      #expect(rules.contains { $0.contains("ATTRS{idVendor}==\"\(vendor)\"") })
    }
    #expect(!rules.contains { $0.contains("idProduct") })
  }

  @Test("A name with a line break can't add a rule")
  func hostileName() {
    let adapter = SerialAdapter(
      path: "/dev/ttyUSB0", vendorID: "0403", productID: "6001",
      productName: "x\nRUN+=\"/bin/sh\"")
    #expect(!rules(UDevRule.text(for: [adapter])).contains { $0.hasPrefix("RUN") })
  }
}
