import Foundation
import Testing

@Suite("What make does about missing packages")
struct SetupTests {
  private let scratch: ScratchFolder

  /// A folder with the repository's Makefile, and stand-ins for the programs that look for packages
  /// and install them: each writes down what it was told.
  init() throws {
    scratch = try ScratchFolder()
    let files = FileManager.default
    for folder in ["bin", "Tests/python", "firmware-protocol/firmware"] {
      try files.createDirectory(atPath: scratch.file(folder), withIntermediateDirectories: true)
    }
    try files.copyItem(
      atPath: HandfulProcess.package.appendingPathComponent("Makefile").path,
      toPath: scratch.file("Makefile"))
    try write("", to: "Tests/python/requirements.txt")
    try write(
      "all:\n\t@touch \(scratch.file("firmware-is-built"))\n",
      to: "firmware-protocol/firmware/Makefile")
    try program("dpkg", "echo \"$2\" >> \(scratch.file("asked")); test \"$2\" = \"$PRESENT\"")
    try program(
      "apt-get",
      """
      echo "$@" >> \(scratch.file("calls"))
      echo "$DEBIAN_FRONTEND" > \(scratch.file("frontend"))
      if [ "$1" = install ] && [ "$REFUSES" ]; then exit 100; fi
      """)
    // As sudo is by default: it hands on nothing of the environment.
    try program("sudo", "echo sudo >> \(scratch.file("calls")); exec env -i PATH=\"$PATH\" \"$@\"")
    try program("id", "echo \"$USER_NUMBER\"")
  }

  private func write(_ text: String, to name: String) throws {
    try text.write(toFile: scratch.file(name), atomically: true, encoding: .utf8)
  }

  private func program(_ name: String, _ script: String) throws {
    try write("#!/bin/bash\n\(script)\n", to: "bin/\(name)")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: scratch.file("bin/\(name)"))
  }

  /// The lines that a stand-in wrote down.
  private func lines(_ name: String) -> [String] {
    let text = (try? String(contentsOfFile: scratch.file(name), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init)
  }

  /// Runs `make` where one package at most is there; its exit status, and what it said.
  private func make(
    _ target: String, present: String = "", isRoot: Bool = true, aptRefuses: Bool = false
  ) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/make")
    process.arguments = ["--directory", scratch.path, target]
    // Nothing of a make that runs these tests, such as its options.
    process.environment = [
      "PATH": scratch.file("bin") + ":/usr/bin:/bin", "PRESENT": present,
      "USER_NUMBER": isRoot ? "0" : "1000", "REFUSES": aptRefuses ? "yes" : "",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  @Test(
    "Several missing packages are installed all at once",
    arguments: ["setup", "firmware"], [true, false])
  func together(target: String, isRoot: Bool) throws {
    let ended = try make(target, isRoot: isRoot)
    try #require(ended.status == 0, "\(ended.output)")
    let asked = lines("asked")
    #expect(asked.count > 3)
    let options = "-y -qq " + (target == "firmware" ? "--no-install-recommends " : "")
    let calls = ["update -qq", "install \(options)\(asked.joined(separator: " "))"]
    #expect(lines("calls") == (isRoot ? calls : calls.flatMap { ["sudo", $0] }))
    #expect(lines("frontend") == ["noninteractive"], "apt-get may ask a question that nobody sees")
    let isBuilt = FileManager.default.fileExists(atPath: scratch.file("firmware-is-built"))
    #expect(isBuilt == (target == "firmware"))
  }

  @Test("What is there already isn't installed again")
  func present() throws {
    let ended = try make("setup", present: "libudev-dev")
    try #require(ended.status == 0, "\(ended.output)")
    let asked = lines("asked")
    #expect(asked.contains("libudev-dev"))
    let missing = asked.filter { $0 != "libudev-dev" }
    #expect(lines("calls").last == "install -y -qq \(missing.joined(separator: " "))")
  }

  @Test(
    "Where a package can't be had, make ends there with an error",
    arguments: ["setup", "firmware", ".venv/ready"])
  func refused(target: String) throws {
    let ended = try make(target, aptRefuses: true)
    #expect(ended.status != 0, "\(ended.output)")
    let asked = lines("asked")
    #expect(asked.count > 3)
    #expect(lines("calls").last?.hasSuffix(" " + asked.joined(separator: " ")) == true)
    for made in ["firmware-is-built", ".venv"] {
      #expect(!FileManager.default.fileExists(atPath: scratch.file(made)), "\(made)")
    }
  }
}
