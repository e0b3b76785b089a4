import Foundation
import Robotics

/// Trials as NumPy's `.npz`: a ZIP archive without compression that holds one array a column.
///
///     data = numpy.load("trials.npz")
///     data["trial_1_hinge_position_rad"]
///
/// A trial's arrays are named `trial_N_` and the name of the column (``SampleLayout``), with its unit;
/// all are of doubles but `tick` and `flags`, which are of 64-bit integers. The formats are NumPy's NEP
/// 1 (version 1.0) and PKWARE's APPNOTE 6.3, both little-endian.
public struct NPZExport: Sendable {
  private let layout: SampleLayout

  /// An export of trials of a robot with those joints.
  public init(joints: [Joint]) { layout = SampleLayout(joints: joints) }

  /// The archive of some trials.
  public func data(of trials: [Trial]) -> Data {
    var archive = ZIPArchive()
    for trial in trials {
      let rows = trial.samples.map(layout.row)
      for (index, column) in layout.columns.enumerated() {
        archive.add(
          "trial_\(trial.number)_\(column.name).npy",
          Self.array(rows.map { $0[index] }, isInteger: column.content.isWhole))
      }
    }
    return archive.data
  }

  /// A one-dimensional array as a `.npy` file.
  static func array(_ values: [Double], isInteger: Bool) -> Data {
    let description = isInteger ? "<i8" : "<f8"
    var header =
      "{'descr': '\(description)', 'fortran_order': False, 'shape': (\(values.count),), }"
    // The magic string, the version and the header's length take 10 bytes; data begin at a multiple
    // of 64.
    let length = (10 + header.utf8.count + 1 + 63) / 64 * 64
    header += String(repeating: " ", count: length - 11 - header.utf8.count) + "\n"
    var data = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0])
    data.appendLittleEndian(UInt16(header.utf8.count))
    data.append(contentsOf: header.utf8)
    for value in values {
      data.appendLittleEndian(isInteger ? UInt64(bitPattern: Int64(value)) : value.bitPattern)
    }
    return data
  }
}

/// A ZIP archive of files that are stored as they are (PKWARE APPNOTE 6.3), in memory; smaller than
/// 4 GiB.
struct ZIPArchive {
  private var local = Data()
  private var central = Data()
  private var count = 0

  /// Adds a file.
  mutating func add(_ name: String, _ content: Data) {
    let offset = UInt32(local.count)
    let name = Data(name.utf8)
    // The date of 1 January 1980, the format's first: the same trials give the same bytes.
    var common = Data()
    for value: UInt16 in [20, 0, 0, 0, 0x21] { common.appendLittleEndian(value) }
    common.appendLittleEndian(CRC32.checksum(content))
    common.appendLittleEndian(UInt32(content.count))
    common.appendLittleEndian(UInt32(content.count))
    common.appendLittleEndian(UInt16(name.count))
    common.appendLittleEndian(UInt16(0))
    local.appendLittleEndian(UInt32(0x0403_4B50))
    local.append(common)
    local.append(name)
    local.append(content)
    central.appendLittleEndian(UInt32(0x0201_4B50))
    central.appendLittleEndian(UInt16(20))
    central.append(common)
    for value: UInt16 in [0, 0, 0] { central.appendLittleEndian(value) }
    central.appendLittleEndian(UInt32(0))
    central.appendLittleEndian(offset)
    central.append(name)
    count += 1
  }

  /// The archive.
  var data: Data {
    var end = Data()
    end.appendLittleEndian(UInt32(0x0605_4B50))
    for value in [0, 0, UInt16(count), UInt16(count)] { end.appendLittleEndian(value) }
    end.appendLittleEndian(UInt32(central.count))
    end.appendLittleEndian(UInt32(local.count))
    end.appendLittleEndian(UInt16(0))
    return local + central + end
  }
}

extension Data {
  /// Appends an integer's bytes, the lowest first.
  mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
