import FirmwareProtocol
import Foundation
import Robotics
import Simulation
import Testing

@Suite("A virtual world that outlives its process")
struct VirtualWorldTests {
  /// One episode: a session, armed, driven for half a second, ended by its host.
  private func runEpisode(_ host: DirectHost) throws {
    try host.beginArmed()
    try host.run(steps: 500) { 1.5 * sin(0.3 * Float($0.tick)) }
    host.send(.disarm)
    host.send(.stream(isEnabled: false))
    try host.run(steps: 30)
  }

  private func states(_ host: DirectHost, from first: Int) -> [RobotState] {
    host.states.dropFirst(first).map { state in
      var state = state
      // The clock begins anew with the process.
      state.robotTimeMicroseconds = 0
      return state
    }
  }

  @Test("Restored in another process, it goes on bit for bit, its noise included")
  func goesOn() throws {
    let host = try DirectHost(testRobot(), seed: 7)
    var worlds: [VirtualWorld] = []
    host.robot.onEpisodeEnd = { worlds.append($0) }
    try runEpisode(host)
    try runEpisode(host)
    let before = host.states.count
    try runEpisode(host)
    #expect(worlds.map(\.episodes) == [1, 2, 3])
    let other = try DirectHost(testRobot(), seed: 7)
    let text = try JSONEncoder().encode(worlds[1])
    other.robot.restore(try JSONDecoder().decode(VirtualWorld.self, from: text))
    try runEpisode(other)
    #expect(states(other, from: 0) == states(host, from: before))
    #expect(other.robot.world == host.robot.world)
  }

  @Test("Who looks at a state or two without arming, as a check does, leaves the world as it was")
  func looking() throws {
    let host = try DirectHost(testRobot())
    try host.beginArmed()
    try host.run(steps: 200) { _ in 2 }
    host.send(.stream(isEnabled: false))
    try host.run(steps: 20)
    let world = host.robot.world
    // A pendulum in full swing.
    #expect(abs(world.plantState[1]) > 0.1)
    host.begin()
    try host.run(steps: 15)
    host.send(.stream(isEnabled: false))
    try host.run(steps: 50)
    #expect(host.robot.world == world)
    // With the third state it moves again.
    host.begin()
    try host.run(steps: 30)
    #expect(host.robot.world.plantState != world.plantState)
    #expect(host.robot.world.episodes == 1)
  }

  @Test("An episode that its process ends within is concluded: the last effort is out")
  func concluded() throws {
    let host = try DirectHost(testRobot())
    var worlds: [VirtualWorld] = []
    host.robot.onEpisodeEnd = { worlds.append($0) }
    try host.beginArmed()
    try host.run(steps: 200) { _ in 2 }
    host.send(.stream(isEnabled: false))
    host.robot.concludeEpisode()
    #expect(worlds.count == 1)
    host.robot.concludeEpisode()
    try host.run(steps: 20)
    #expect(worlds.count == 1 && host.robot.world == worlds[0])
  }

  @Test("The file gives the last world after so many episodes, and bears a line that was cut short")
  func file() throws {
    let path = NSTemporaryDirectory() + "handful-world-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let file = VirtualWorldFile(path: path)
    #expect(file.world(afterEpisodes: 1) == nil)
    let host = try DirectHost(testRobot())
    var worlds: [VirtualWorld] = []
    host.robot.onEpisodeEnd = { worlds.append($0) }
    for _ in 0..<3 { try runEpisode(host) }
    try file.append(worlds[0])
    try file.append(worlds[1])
    // A host that died: its episode is run again, and differs as another would.
    var again = worlds[2]
    again.episodes = 2
    let line = try JSONEncoder().encode(worlds[2])
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("\n".utf8) + line.prefix(line.count / 2))
    try handle.close()
    try file.append(again)
    #expect(file.world(afterEpisodes: 1) == worlds[0])
    #expect(file.world(afterEpisodes: 2) == again)
    #expect(file.world(afterEpisodes: 3) == nil)
  }
}
