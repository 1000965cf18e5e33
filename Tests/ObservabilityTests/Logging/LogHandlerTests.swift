import Logging
import Synchronization
import Testing

@testable import Observability

@Suite struct LogHandlerTests {
    /// Collects lines.
    private final class Lines: Sendable {
        let lines = Mutex<[String]>([])

        func logger(_ settings: LogSettings) -> Logger {
            settings.makeLogger(label: "test") { line in self.lines.withLock { $0.append(line) } }
        }

        var all: [String] { lines.withLock { $0 } }
    }

    private let lines = Lines()

    @Test("text lines have klog's form") func text() throws {
        var logger = lines.logger(LogSettings(verbosity: 2))
        logger[metadataKey: "table"] = "trama"
        logger.info("Synced \"all\"\n", metadata: ["services": "\(3)", "families": ["IPv4", "IPv6"]])
        let line = try #require(lines.all.first)
        #expect(
            line.wholeMatch(
                of: #/I\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ LogHandlerTests\.swift:\d+\] (.*)\n/#
            )?.1 == #""Synced \"all\"\n" families=["IPv4" "IPv6"] services="3" table="trama""#
        )
    }

    @Test(
        "the first letter is the severity",
        arguments: [
            (.trace, "I"), (.debug, "I"), (.info, "I"), (.notice, "I"), (.warning, "W"), (.error, "E"),
            (.critical, "F"),
        ] as [(Logger.Level, Character)]
    )
    func severity(level: Logger.Level, letter: Character) {
        lines.logger(LogSettings(verbosity: 9)).log(level: level, "x")
        #expect(lines.all.first?.first == letter)
    }

    @Test("JSON lines have the keys of Kubernetes' JSON logs") func json() throws {
        let logger = lines.logger(LogSettings(format: .json, verbosity: 4))
        logger.debug("Synced", metadata: ["services": .stringConvertible(3), "msg": "own", "list": ["a", ["b": "c"]]])
        let line = try #require(lines.all.first)
        #expect(
            line.wholeMatch(of: #/\{"ts":\d+\.\d{6},"caller":"LogHandlerTests\.swift:\d+",(.*)\}\n/#)?.1
                == #""level":"debug","msg":"Synced","v":4,"list":["a",{"b":"c"}],"msg_":"own","services":3"#
        )
    }

    @Test(
        "-v decides what is written",
        arguments: [
            (0, .notice), (1, .notice), (2, .info), (3, .info), (4, .debug), (5, .trace), (10, .trace),
        ] as [(Int, Logger.Level)]
    )
    func verbosity(verbosity: Int, level: Logger.Level) {
        #expect(LogSettings(verbosity: verbosity).level == level)
        #expect(lines.logger(LogSettings(verbosity: verbosity)).logLevel == level)
    }

    @Test("control characters cannot break a line") func quoting() {
        #expect("a\u{1b}[31m\r\u{0}é".quoted == #""a\u001b[31m\r\u0000é""#)
    }
}
