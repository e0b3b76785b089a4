import CPlatform
import Foundation
import HardwareIO
import Testing

@Suite struct SerialPortTests {
  @Test("Bytes pass unchanged both ways, whatever their values")
  func bytesPassUnchanged() throws {
    let terminal = try PseudoTerminal()
    let port = try SerialPort(path: terminal.path, options: .init(baud: 115_200))
    let all = (0...255).map { UInt8($0) }
    let outcome = all.withUnsafeBytes { port.write($0, timeoutNanoseconds: 1_000_000_000) }
    #expect(outcome == .sent)
    #expect(terminal.read() == all)

    terminal.write(all)
    #expect(port.waitForInput(timeoutNanoseconds: 1_000_000_000) == .ready)
    var received = [UInt8](repeating: 0, count: 512)
    #expect(received.withUnsafeMutableBytes { port.read(into: $0) } == .bytes(256))
    #expect(Array(received[..<256]) == all)
  }

  @Test(
    "Any number of baud is set, usual or not",
    arguments: [9600, 115_200, 250_000, 460_800, 1_000_000, 1_234_567])
  func anyBaud(baud: Int) throws {
    let terminal = try PseudoTerminal()
    let port = try SerialPort(path: terminal.path, options: .init(baud: baud))
    #expect(port.baud == baud)
    // Asked of the kernel again, through another descriptor.
    let other = open(terminal.path, O_RDONLY | O_NOCTTY)
    defer { close(other) }
    #expect(platform_serial_baud(other) == Int64(baud))
  }

  @Test("A rate of zero baud is refused with the rate named")
  func zeroBaud() throws {
    let terminal = try PseudoTerminal()
    let error = #expect(throws: LinkError.self) {
      _ = try SerialPort(path: terminal.path, options: .init(baud: 0))
    }
    #expect(error?.description.contains("0 baud is not a rate") == true)
  }

  @Test("A port that isn't there is an error that names it")
  func missingPort() {
    #expect(throws: LinkError.noSuchPort(path: "/dev/ttyUSB-absent")) {
      _ = try SerialPort(path: "/dev/ttyUSB-absent", options: .init(baud: 115_200))
    }
  }

  @Test("A file that is no serial device is refused")
  func ordinaryFile() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "handful-not-a-port-\(getpid())"
    ).path
    #expect(FileManager.default.createFile(atPath: path, contents: Data()))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let error = #expect(throws: LinkError.self) {
      _ = try SerialPort(path: path, options: .init(baud: 115_200))
    }
    #expect(error?.description.contains("not a serial device") == true)
  }

  @Test("A port in use is refused, and the error names the process that has it")
  func busyPort() throws {
    let terminal = try PseudoTerminal()
    let first = try SerialPort(path: terminal.path, options: .init(baud: 115_200))
    let error = #expect(throws: LinkError.self) {
      _ = try SerialPort(path: terminal.path, options: .init(baud: 115_200))
    }
    guard case .portBusy(let path, let holder) = error else {
      Issue.record("expected portBusy, found \(String(describing: error))")
      return
    }
    #expect(path == terminal.path)
    #expect(holder.contains("process \(getpid())"))
    first.close()
    _ = try SerialPort(path: terminal.path, options: .init(baud: 115_200))
  }

  @Test("Another program that locked the port is named")
  func busyElsewhere() throws {
    let terminal = try PseudoTerminal()
    let holder = Process()
    holder.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
    holder.arguments = ["--no-fork", terminal.path, "sleep", "30"]
    try holder.run()
    defer { holder.terminate() }
    var holderText = ""
    // The other process takes a moment to start.
    for _ in 0..<200 where holderText.isEmpty {
      usleep(10_000)
      do throws(LinkError) {
        _ = try SerialPort(path: terminal.path, options: .init(baud: 115_200))
      } catch {
        if case .portBusy(_, let holder) = error { holderText = holder }
      }
    }
    #expect(holderText == "sleep (process \(holder.processIdentifier))")
  }

  @Test("A port that this user may not open is refused, and the error says which group may")
  func noPermission() async throws {
    let terminal = try PseudoTerminal()
    #expect(chmod(terminal.path, 0) == 0)
    // Permissions don't bind root: there a thread takes another user's rights for the attempt.
    // setfsuid changes the calling thread alone.
    let path = terminal.path
    let error: LinkError? = await withCheckedContinuation { continuation in
      Thread {
        if geteuid() == 0 { setFileSystemUser(65534) }
        do throws(LinkError) {
          _ = try SerialPort(path: path, options: .init(baud: 115_200))
          continuation.resume(returning: nil)
        } catch {
          continuation.resume(returning: error)
        }
      }.start()
    }
    guard case .noPermission(path, let group) = error else {
      Issue.record("expected noPermission, found \(String(describing: error))")
      return
    }
    #expect(error?.description.contains("usermod -a -G \(group)") == true)
  }

  @Test("What was received before the port opened is thrown away")
  func staleInput() throws {
    let terminal = try PseudoTerminal()
    terminal.write([1, 2, 3])
    let port = try SerialPort(path: terminal.path, options: .init(baud: 115_200))
    var buffer = [UInt8](repeating: 0, count: 16)
    #expect(buffer.withUnsafeMutableBytes { port.read(into: $0) } == .nothing)
  }

  @Test("Waiting for input that doesn't come ends at its time-out")
  func waitTimesOut() throws {
    let terminal = try PseudoTerminal()
    let port = try SerialPort(path: terminal.path, options: .init(baud: 115_200))
    let start = MonotonicClock.nowNanoseconds()
    #expect(port.waitForInput(timeoutNanoseconds: 30_000_000) == .timeout)
    #expect(MonotonicClock.nowNanoseconds() - start >= 30_000_000)
  }

  @Test("Writing to a robot that doesn't read ends at its time-out")
  func writeTimesOut() throws {
    let terminal = try PseudoTerminal()
    let port = try SerialPort(path: terminal.path, options: .init(baud: 115_200))
    let much = [UInt8](repeating: 7, count: 1 << 20)
    let start = MonotonicClock.nowNanoseconds()
    #expect(much.withUnsafeBytes { port.write($0, timeoutNanoseconds: 50_000_000) } == .timeout)
    #expect(MonotonicClock.nowNanoseconds() - start >= 50_000_000)
  }

  @Test("A hang-up shows in reading and in writing")
  func hangUp() throws {
    let terminal = try PseudoTerminal()
    let port = try SerialPort(path: terminal.path, options: .init(baud: 115_200))
    terminal.hangUp()
    var buffer = [UInt8](repeating: 0, count: 16)
    let outcome = buffer.withUnsafeMutableBytes { port.read(into: $0) }
    guard case .disconnected = outcome else {
      Issue.record("expected a hang-up, found \(outcome)")
      return
    }
    guard case .disconnected = [0].withUnsafeBytes({ port.write($0, timeoutNanoseconds: 0) }) else {
      Issue.record("writing must see the hang-up too")
      return
    }
  }

  @Test("A pseudo-terminal has neither modem lines nor a low-latency flag, and that is no error")
  func pseudoTerminal() throws {
    let terminal = try PseudoTerminal()
    let port = try SerialPort(
      path: terminal.path, options: .init(baud: 115_200, wantsLowLatency: true, modemLines: true))
    #expect(port.isPseudoTerminal)
    #expect(!port.isLowLatency)
    #expect(!port.setDTR(true))
    #expect(!port.setRTS(false))
  }

  @Test("A port that was closed can be closed again, and reads as hung up")
  func closeTwice() throws {
    let terminal = try PseudoTerminal()
    let port = try SerialPort(path: terminal.path, options: .init(baud: 115_200))
    port.close()
    port.close()
    var buffer = [UInt8](repeating: 0, count: 16)
    #expect(
      buffer.withUnsafeMutableBytes { port.read(into: $0) } == .disconnected(errno: EBADF))
  }
}

/// Takes another user's rights to files, for the calling thread alone.
private func setFileSystemUser(_ user: uid_t) {
  typealias Function = @convention(c) (uid_t) -> CInt
  guard let symbol = dlsym(nil, "setfsuid") else { return }
  _ = unsafeBitCast(symbol, to: Function.self)(user)
}
