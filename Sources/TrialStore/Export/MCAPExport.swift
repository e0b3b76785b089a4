import Foundation
import Robotics

/// Trials as MCAP (https://mcap.dev/spec, version 0), the log format of robotics tools such as
/// Foxglove and PlotJuggler: one JSON message a sample on the topic `/sample`, with the columns' names
/// and units as in the store (``SampleLayout``), in one uncompressed chunk a trial, and one metadata
/// record a trial.
///
/// A message's time is when its trial began, in nanoseconds since 1970, plus the robot's clock. Numbers
/// that JSON lacks are null.
public struct MCAPExport: Sendable {
  private let layout: SampleLayout
  private let experiment: ExperimentRecord

  private static let magic = Data([0x89]) + Data("MCAP0\r\n".utf8)
  private static let (schemaID, channelID): (UInt16, UInt16) = (1, 1)

  /// An export of a store's trials.
  public init(experiment: ExperimentRecord) {
    self.experiment = experiment
    layout = SampleLayout(joints: experiment.joints)
  }

  /// The file of some trials.
  public func data(of trials: [Trial]) -> Data {
    var file = Self.magic
    var header = MCAPRecord(.header)
    header.put("")
    header.put("handful \(experiment.handfulVersion)")
    file.append(header.bytes)
    var indexes = Data()
    var (count, first, last) = (UInt64(0), UInt64.max, UInt64(0))
    for trial in trials {
      let metadata = metadata(of: trial).bytes
      var place = MCAPRecord(.metadataIndex)
      place.put(UInt64(file.count))
      place.put(UInt64(metadata.count))
      place.put(Self.name(of: trial))
      indexes.append(place.bytes)
      file.append(metadata)
      guard !trial.samples.isEmpty else { continue }
      let times = trial.samples.map { time(of: $0, in: trial) }
      let (start, end) = (times.min() ?? 0, times.max() ?? 0)
      let index = append(trial, times, from: start, to: end, at: UInt64(file.count), to: &file)
      indexes.append(index.bytes)
      count += UInt64(times.count)
      (first, last) = (min(first, start), max(last, end))
    }
    var end = MCAPRecord(.dataEnd)
    end.put(UInt32(0))
    file.append(end.bytes)
    let summaryStart = UInt64(file.count)
    file.append(schema.bytes)
    file.append(channel.bytes)
    var statistics = MCAPRecord(.statistics)
    statistics.put(count)
    statistics.put(UInt16(1))
    let chunkCount = trials.count { !$0.samples.isEmpty }
    for value in [1, 0, UInt32(trials.count), UInt32(chunkCount)] { statistics.put(value) }
    statistics.put(count == 0 ? 0 : first)
    statistics.put(last)
    statistics.put(UInt32(10))
    statistics.put(Self.channelID)
    statistics.put(count)
    file.append(statistics.bytes)
    file.append(indexes)
    var footer = MCAPRecord(.footer)
    footer.put(summaryStart)
    footer.put(UInt64(0))
    footer.put(UInt32(0))
    file.append(footer.bytes)
    return file + Self.magic
  }

  // MARK: - A trial

  private func time(of sample: Sample, in trial: Trial) -> UInt64 {
    let start = max(trial.startedAtUnixSeconds, 0)
    let whole = start.rounded(.down)
    let rest = (start - whole + sample.robotTimeSeconds) * 1e9
    return UInt64(whole) * 1_000_000_000 + UInt64(max(rest.rounded(), 0))
  }

  /// Appends a trial's chunk with its index.
  ///
  /// - Returns: The chunk's entry for the summary.
  private func append(
    _ trial: Trial, _ times: [UInt64], from start: UInt64, to end: UInt64, at offset: UInt64,
    to file: inout Data
  ) -> MCAPRecord {
    var records = schema.bytes + channel.bytes
    var entries = Data()
    for (sample, time) in zip(trial.samples, times) {
      entries.appendLittleEndian(time)
      entries.appendLittleEndian(UInt64(records.count))
      var message = MCAPRecord(.message)
      message.put(Self.channelID)
      message.put(UInt32(truncatingIfNeeded: sample.tick))
      message.put(time)
      message.put(time)
      message.content.append(contentsOf: json(sample, trial: trial.number).utf8)
      records.append(message.bytes)
    }
    var chunk = MCAPRecord(.chunk)
    chunk.put(start)
    chunk.put(end)
    chunk.put(UInt64(records.count))
    chunk.put(CRC32.checksum(records))
    chunk.put("")
    chunk.put(UInt64(records.count))
    chunk.content.append(records)
    var messageIndex = MCAPRecord(.messageIndex)
    messageIndex.put(Self.channelID)
    messageIndex.put(UInt32(entries.count))
    messageIndex.content.append(entries)
    let (chunkBytes, indexBytes) = (chunk.bytes, messageIndex.bytes)
    file.append(chunkBytes)
    file.append(indexBytes)
    var summary = MCAPRecord(.chunkIndex)
    for value in [start, end, offset, UInt64(chunkBytes.count)] { summary.put(value) }
    summary.put(UInt32(10))
    summary.put(Self.channelID)
    summary.put(offset + UInt64(chunkBytes.count))
    summary.put(UInt64(indexBytes.count))
    summary.put("")
    summary.put(UInt64(records.count))
    summary.put(UInt64(records.count))
    return summary
  }

  private func json(_ sample: Sample, trial: Int) -> String {
    let fields = zip(layout.columns, layout.row(sample)).map { column, value in
      let text =
        column.content.isWhole ? "\(Int(value))" : value.isFinite ? value.description : "null"
      return "\"\(column.name)\":\(text)"
    }
    return "{\"trial\":\(trial)," + fields.joined(separator: ",") + "}"
  }

  private static func name(of trial: Trial) -> String { "trial \(trial.number)" }

  private func metadata(of trial: Trial) -> MCAPRecord {
    var record = MCAPRecord(.metadata)
    record.put(Self.name(of: trial))
    record.put([
      ("robot", trial.robot), ("task", trial.task), ("origin", trial.origin.rawValue),
      ("seed", "\(trial.seed)"), ("end", trial.end.code), ("end_reason", trial.end.reason ?? ""),
      ("sample_period_s", "\(trial.samplePeriodSeconds)"),
    ])
    return record
  }

  // MARK: - What messages are

  private var schema: MCAPRecord {
    let units = layout.columns.map { column in
      let type = column.content.isWhole ? "integer" : "number"
      let unit = column.unit.isEmpty ? "" : ",\"description\":\"in \(column.unit)\""
      return "\"\(column.name)\":{\"type\":\"\(type)\"\(unit)}"
    }
    let text =
      "{\"type\":\"object\",\"properties\":{\"trial\":{\"type\":\"integer\"},"
      + units.joined(separator: ",") + "}}"
    var record = MCAPRecord(.schema)
    record.put(Self.schemaID)
    record.put("handful.Sample")
    record.put("jsonschema")
    record.put(text)
    return record
  }

  private var channel: MCAPRecord {
    var record = MCAPRecord(.channel)
    record.put(Self.channelID)
    record.put(Self.schemaID)
    record.put("/sample")
    record.put("json")
    record.put([
      ("robot", experiment.robotName), ("task", experiment.task),
      ("algorithm", experiment.algorithm), ("seed", "\(experiment.seed)"),
    ])
    return record
  }
}

/// A record of an MCAP file: an opcode, a length, and the content.
struct MCAPRecord {
  enum Opcode: UInt8 {
    case header = 1
    case footer = 2
    case schema = 3
    case channel = 4
    case message = 5
    case chunk = 6
    case messageIndex = 7
    case chunkIndex = 8
    case statistics = 11
    case metadata = 12
    case metadataIndex = 13
    case dataEnd = 15
  }

  private let opcode: Opcode
  var content = Data()

  init(_ opcode: Opcode) { self.opcode = opcode }

  mutating func put(_ value: some FixedWidthInteger) { content.appendLittleEndian(value) }

  /// A text with its length before it.
  mutating func put(_ text: String) {
    put(UInt32(text.utf8.count))
    content.append(contentsOf: text.utf8)
  }

  /// A map of texts, its length in bytes before it.
  mutating func put(_ entries: [(String, String)]) {
    var map = MCAPRecord(opcode)
    for (key, value) in entries {
      map.put(key)
      map.put(value)
    }
    put(UInt32(map.content.count))
    content.append(map.content)
  }

  var bytes: Data {
    var data = Data([opcode.rawValue])
    data.appendLittleEndian(UInt64(content.count))
    return data + content
  }
}
