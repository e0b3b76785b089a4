import Foundation
import HardwareIO
import Robotics
import Simulation
import Synchronization

/// A robot in the test's own process at the far end of a pseudo-terminal: the virtual robots'
/// firmware, but for what is broken. Its joints stand still.
final class DoubledRobot: Sendable {
  /// What is broken.
  enum Defect: Sendable {
    case none
    /// Nothing turns the actuators off when commands stay away.
    case noWatchdog
    /// Every tenth state is lost.
    case lossy
  }

  let path: String
  private let controller: Int32
  private let keeper: Int32
  /// Whether a hand holds the robot's own stop button down.
  let isStopButtonPressed = Atomic<Bool>(false)
  private let isDone = Atomic<Bool>(false)
  private let hasEnded = DispatchSemaphore(value: 0)

  init(_ robot: Robot, defect: Defect = .none) throws {
    var controller: Int32 = -1
    var keeper: Int32 = -1
    var name = [CChar](repeating: 0, count: 128)
    var settings = termios()
    guard openpty(&controller, &keeper, nil, nil, nil) == 0,
      fcntl(controller, F_SETFL, O_NONBLOCK) == 0, tcgetattr(keeper, &settings) == 0,
      ttyname_r(keeper, &name, name.count) == 0
    else { throw POSIXError(.EIO) }
    cfmakeraw(&settings)
    tcsetattr(keeper, TCSANOW, &settings)
    self.controller = controller
    self.keeper = keeper
    path = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let thread = Thread { [self] in
      // It stands for a microcontroller that nothing else keeps busy.
      _ = RealTimeScheduling.requestForCallingThread(priority: 40)
      run(robot, defect)
      RealTimeScheduling.endForCallingThread()
      hasEnded.signal()
    }
    thread.start()
  }

  /// Ends it; the port hangs up.
  func end() {
    isDone.store(true, ordering: .releasing)
    hasEnded.wait()
    close(keeper)
    close(controller)
  }

  private func run(_ robot: Robot, _ defect: Defect) {
    let logic = FirmwareLogic(
      description: FirmwareDescription(robot: robot), bootCounter: 17)
    let still = [Float](repeating: 0, count: robot.joints.count)
    let start = DispatchTime.now().uptimeNanoseconds
    let period = UInt64(robot.link.controlPeriodSeconds * 1e6)
    var nextState: UInt64 = 0
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !isDone.load(ordering: .acquiring) {
      var request = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
      poll(&request, 1, 1)
      let now = (DispatchTime.now().uptimeNanoseconds - start) / 1000
      let count = max(read(controller, &buffer, buffer.count), 0)
      let isPressed = isStopButtonPressed.load(ordering: .acquiring)
      if isPressed != logic.isStopButtonPressed {
        if isPressed { logic.pressStopButton() } else { logic.releaseStopButton() }
      }
      // An empty read tells the firmware the time, and nothing but `advance` asks the watchdog.
      buffer.withUnsafeBytes {
        logic.receive(UnsafeRawBufferPointer(rebasing: $0[..<count]), atMicroseconds: now)
      }
      if case .noWatchdog = defect {} else { logic.advance(toMicroseconds: now) }
      send(logic.takeOutput())
      guard now >= nextState else { continue }
      nextState = max(nextState + period, now)
      logic.measure(positions: still, velocities: still)
      let state = logic.takeOutput()
      if case .lossy = defect, logic.isStreaming, logic.nextTick % 10 == 9 { continue }
      send(state)
    }
  }

  private func send(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    _ = write(controller, bytes, bytes.count)
  }
}
