import HardwareIO
import Testing

@Test(
  "Every error of the link is a sentence with what was found and what to do",
  arguments: [
    (LinkError.noSuchPort(path: "/dev/x"), ["/dev/x", "handful ports"]),
    (.noAdapter(wanted: nil), ["--port sim", "cable"]),
    (.noAdapter(wanted: "A5XK3RJT"), ["A5XK3RJT", "handful ports"]),
    (.severalAdapters(paths: ["/dev/a", "/dev/b"]), ["2 serial", "/dev/a, /dev/b", "--port"]),
    (.noPermission(path: "/dev/x", group: "dialout"), ["/dev/x", "usermod -a -G dialout", "udev"]),
    (.portBusy(path: "/dev/x", holder: "minicom (process 7)"), ["minicom (process 7)", "Close"]),
    (.cannotConfigure(path: "/dev/x", reason: "no"), ["/dev/x", "no", "baud"]),
    (
      .noHello(path: "/dev/x", baud: 9600, waitedSeconds: 5, bytesReceived: 0),
      ["9600 baud", "5.0 s", "flashed"]
    ),
    (
      .noHello(path: "/dev/x", baud: 9600, waitedSeconds: 5, bytesReceived: 77),
      ["77 bytes", "9600 baud", "115200"]
    ),
    (.wrongProtocolVersion(expected: 1, found: 2), ["version 2", "version 1", "Flash"]),
    (.wrongRobot(expected: "a", found: "b"), ["'a'", "'b'", "robot file"]),
    (
      .descriptorMismatch(what: "the control rate", expected: "100 Hz", found: "50 Hz"),
      ["the control rate", "100 Hz", "50 Hz", "Correct"]
    ),
    (.notDisarmed(mode: "armed"), ["armed", "supply"]),
    (
      .limitsNotAccepted(what: "effort limit", written: "2 N m", readBack: "1 N m"),
      ["effort limit", "2 N m", "1 N m", "Lower"]
    ),
    (.refused(what: "to arm", reason: "no limits"), ["to arm", "no limits"]),
    (.noAnswer(what: "the limits", waitedSeconds: 1.2), ["the limits", "1.2 s", "cable"]),
    (.disconnected(path: "/dev/x"), ["/dev/x", "unplugged", "again"]),
  ] as [(LinkError, [String])])
func errorsSayWhatToDo(error: LinkError, parts: [String]) {
  for part in parts { #expect(error.description.contains(part), "\(error)") }
  #expect(error.description.hasSuffix("."))
}
