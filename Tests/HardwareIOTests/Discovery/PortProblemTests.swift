import HardwareIO
import Testing

@Suite struct PortProblemTests {
  private let ftdi = SerialAdapter(
    path: "/dev/ttyUSB0", vendorID: "0403", productID: "6001", serialNumber: "A5XK3RJT",
    driver: "ftdi_sio", latencyTimerMilliseconds: 1)

  private func problems(_ adapter: SerialAdapter, modemManager: Bool = false) -> [PortProblem] {
    PortProblem.diagnose(adapter, group: "dialout", isProbedByModemManager: modemManager)
  }

  @Test("An adapter that is fine has no problems")
  func none() {
    #expect(problems(ftdi).isEmpty)
  }

  @Test("A port that may not be opened comes with the group to join and a rule for its numbers")
  func permission() throws {
    var adapter = ftdi
    adapter.isAccessible = false
    let problem = try #require(problems(adapter).first)
    #expect(problem.kind == .permission)
    #expect(problem.message.contains("group dialout"))
    #expect(problem.remedy.contains("sudo usermod -a -G dialout $USER"))
    #expect(problem.remedy.contains("/etc/udev/rules.d/70-handful.rules"))
    #expect(
      problem.remedy.contains(
        #"SUBSYSTEM=="tty", ATTRS{idVendor}=="0403", ATTRS{idProduct}=="6001", MODE="0660", "#
          + #"TAG+="uaccess""#))
  }

  @Test("A port that isn't USB gets no rule by USB numbers")
  func onboard() throws {
    let adapter = SerialAdapter(path: "/dev/ttyAMA0", isAccessible: false)
    let problem = try #require(problems(adapter).first)
    #expect(!problem.remedy.contains("ATTRS"))
  }

  @Test("A port in use names who has it")
  func busy() throws {
    var adapter = ftdi
    adapter.holder = "minicom (process 77)"
    let problem = try #require(problems(adapter).first)
    #expect(problem.kind == .busy)
    #expect(problem.message.contains("minicom (process 77)"))
  }

  @Test("An FTDI adapter that holds bytes back for 16 ms gets the rule that sets 1 ms")
  func latency() throws {
    var adapter = ftdi
    adapter.latencyTimerMilliseconds = 16
    let problem = try #require(problems(adapter).first)
    #expect(problem.kind == .latency)
    #expect(problem.message.contains("16 ms"))
    #expect(problem.remedy.contains(#"ATTR{latency_timer}="1""#))
  }

  @Test("ModemManager's probing gets the rule that keeps it away")
  func modemManager() throws {
    let problem = try #require(problems(ftdi, modemManager: true).first)
    #expect(problem.kind == .modemManager)
    #expect(problem.remedy.contains(#"ENV{ID_MM_DEVICE_IGNORE}="1""#))
  }
}

@Suite struct PortSelectionTests {
  private let arduino = SerialAdapter(
    path: "/dev/ttyACM0", vendorID: "2341", productID: "0042", serialNumber: "85436")
  private let ftdi = SerialAdapter(
    path: "/dev/ttyUSB0", vendorID: "0403", productID: "6001", serialNumber: "A5XK3RJT")
  private let onboard = SerialAdapter(path: "/dev/ttyS0")

  @Test("A path is taken as it is")
  func path() throws {
    #expect(try SerialAdapters.selectPort("/dev/pts/7", among: []) == "/dev/pts/7")
  }

  @Test("'auto' is the only USB adapter; onboard ports don't count")
  func auto() throws {
    #expect(try SerialAdapters.selectPort("auto", among: [onboard, ftdi]) == "/dev/ttyUSB0")
  }

  @Test("'auto' without an adapter says that none is plugged in")
  func nothing() {
    #expect(throws: LinkError.noAdapter(wanted: nil)) {
      _ = try SerialAdapters.selectPort("auto", among: [onboard])
    }
  }

  @Test("'auto' with two adapters takes neither, and names both")
  func several() {
    #expect(throws: LinkError.severalAdapters(paths: ["/dev/ttyACM0", "/dev/ttyUSB0"])) {
      _ = try SerialAdapters.selectPort("auto", among: [arduino, ftdi])
    }
  }

  @Test("'auto' passes over an adapter that another program has")
  func busy() throws {
    var busy = arduino
    busy.holder = "minicom (process 77)"
    #expect(try SerialAdapters.selectPort("auto", among: [busy, ftdi]) == "/dev/ttyUSB0")
  }

  @Test("A serial number finds its adapter, wherever it was plugged in")
  func serialNumber() throws {
    #expect(
      try SerialAdapters.selectPort("85436", among: [ftdi, arduino]) == "/dev/ttyACM0")
    #expect(throws: LinkError.noAdapter(wanted: "absent")) {
      _ = try SerialAdapters.selectPort("absent", among: [ftdi, arduino])
    }
  }
}
