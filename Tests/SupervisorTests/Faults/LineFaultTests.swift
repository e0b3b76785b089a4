import Foundation
import Robotics
import Supervisor
import Synchronization
import Testing
import WatchedRobot

@Suite("What a serial line does to bytes, and when it is too much", .serialized)
struct LineFaultTests {
  enum Damage: String, CaseIterable {
    case corrupted, dropped, duplicated, reordered, garbage, fragmented

    var faults: LineFaults {
      LineFaults { faults in
        switch self {
        case .corrupted: faults.corrupted = 0.1
        case .dropped: faults.dropped = 0.1
        case .duplicated: faults.duplicated = 0.2
        case .reordered: faults.reordered = 0.1
        case .garbage: faults.garbage = 0.1
        case .fragmented: faults.fragmented = 0.5
        }
      }
    }
  }

  @Test(
    "Frames that are damaged, lost, repeated, moved or cut up now and then end no trial",
    arguments: Damage.allCases)
  func survived(_ damage: Damage) throws {
    let bench = try Bench(Bench.patientPendulum(trialSeconds: 0.6), hasLine: true, seed: 7)
    let line = try #require(bench.line)
    line.set(damage.faults)
    let episode = try bench.run(push(1))
    #expect(episode.result.outcome.stopReason == nil, "\(episode.code ?? "")")
    #expect(episode.result.outcome.isDisarmVerified)
    #expect(line.counts.harmed > 5, "the seed 7 harmed too little to show anything")
    // Ticks rise strictly: nothing is taken twice or out of order.
    let ticks = episode.samples.map(\.tick)
    #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0 < $1 })
    let link = episode.result.outcome.link
    switch damage {
    case .corrupted, .garbage: #expect(link.framesCorrupted > 0)
    case .dropped: #expect(link.samplesLost > 0)
    case .duplicated, .reordered: #expect(link.samplesOutOfOrder > 0)
    case .fragmented: #expect(link.framesCorrupted == 0)
    }
    // However bytes were damaged, the actuators never did what the policy didn't ask.
    let account = bench.watched.account
    #expect(account.greatestEffort <= 1 && !account.hadForbiddenEffort)
  }

  @Test("Samples lost in a row beyond the budget end the trial, and the host turns the robot off")
  func beyondBudget() throws {
    let bench = try Bench(Bench.patientPendulum(trialSeconds: 2), hasLine: true)
    let line = try #require(bench.line)
    let began = Mutex(0.0)
    let watched = bench.watched
    let episode = try bench.run(push(1)) {
      began.withLock { $0 = watched.account.seconds }
      line.dropStates(45)
    }
    #expect(episode.code == "samples-lost")
    let off = try #require(bench.watched.account.offAtSeconds)
    #expect(off - began.withLock { $0 } < bench.robot.link.watchdogSeconds)
    #expect(episode.samples.count >= 25)
  }

  @Test("A robot that hears nothing more turns itself off within its watchdog's time")
  func deafRobot() throws {
    let bench = try Bench(Bench.patientPendulum(trialSeconds: 2), hasLine: true)
    let line = try #require(bench.line)
    let episode = try bench.run(push(1)) { line.deafenRobot() }
    #expect(episode.code == "firmware-fault")
    let account = bench.watched.account
    #expect(account.faultAtOff == .watchdog)
    let seconds = try #require(account.secondsFromSilenceToOff)
    #expect(seconds <= bench.robot.link.watchdogSeconds + 0.002)
    #expect(account.armings == 1)
  }

  @Test("Unplugged: the host knows within two periods, the robot is off within its watchdog's time")
  func unplugged() throws {
    let bench = try Bench(Bench.patientPendulum(trialSeconds: 2), hasLine: true)
    let line = try #require(bench.line)
    let cutAt = Mutex(Date.distantFuture)
    let episode = try bench.run(push(1)) {
      cutAt.withLock { $0 = Date() }
      line.cut()
    }
    #expect(episode.code == "disconnected")
    #expect(episode.samples.count >= 20)
    // Two periods are 20 ms; the rest is for handing over the outcome and for a busy machine.
    #expect(episode.endedAt.timeIntervalSince(cutAt.withLock { $0 }) < 0.25)
    #expect(
      bench.watched.wait(timeoutSeconds: 2) { $0.mode != .armed }, "it stayed armed")
    let account = bench.watched.account
    #expect(account.faultAtOff == .watchdog)
    #expect(
      try #require(account.secondsFromSilenceToOff) <= bench.robot.link.watchdogSeconds + 0.002)
  }

  @Test("A latency that grows ends the trial before samples are older than the limit allows")
  func growingLatency() throws {
    var robot = try Bench.patientPendulum(trialSeconds: 3)
    robot.link.sampleAgeLimitSeconds = 0.15
    let bench = try Bench(robot, hasLine: true)
    let line = try #require(bench.line)
    let episode = try bench.run(push(1)) {
      line.set(LineFaults { $0.growingDelaySeconds = 0.003 })
    }
    guard case .staleSample(let age, 0.15)? = episode.result.outcome.stopReason else {
      Issue.record("\(episode.code ?? "the trial ran through")")
      return
    }
    #expect(age > 0.15 && age < 0.3)
    #expect(
      bench.watched.wait(timeoutSeconds: 2) { $0.mode != .armed }, "it stayed armed")
    #expect(episode.samples.allSatisfy { $0.sentAction[0].isFinite })
  }
}
