import KubernetesAPI
import PodLauncher
import Glibc
import Testing

@testable import PodLauncher
@testable import PodRuntime

@Suite struct LogTests {
    private let time = WallClock(seconds: 1_795_302_706, nanoseconds: 46_850_175)

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `a line becomes an entry with its time and stream`() {
        var entries = LogEntries(stream: "stdout")
        #expect(text(entries.add(Array("one\ntw".utf8), at: time)) == "2026-11-21T23:11:46.046850175Z stdout F one\n")
        #expect(text(entries.add(Array("o\n".utf8), at: time)) == "2026-11-21T23:11:46.046850175Z stdout F two\n")
        #expect(entries.finish(at: time).isEmpty)
    }

    @Test func `a line without an end is an entry when the program ends`() {
        var entries = LogEntries(stream: "stderr")
        #expect(entries.add(Array("last".utf8), at: time).isEmpty)
        #expect(text(entries.finish(at: time)) == "2026-11-21T23:11:46.046850175Z stderr F last\n")
    }

    @Test func `a long line is cut into parts, which are one line again`() {
        var entries = LogEntries(stream: "stdout")
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 40_000)
        let log = entries.add(line + [UInt8(ascii: "\n")], at: time)
        #expect(text(log).split(separator: "\n").map { $0.split(separator: " ")[2] } == ["P", "P", "F"])
        var filter = LogFilter()
        #expect(filter.take(log) == line + [UInt8(ascii: "\n")])
    }

    @Test func `a reader gets what it asked for`() {
        let log = """
            2026-11-21T10:00:00.000000000Z stdout F one
            2026-11-21T10:00:01.500000000Z stderr F two
            2026-11-21T10:00:02.000000000Z stdout P thr
            2026-11-21T10:00:02.000000001Z stdout F ee

            """
        var filter = LogFilter()
        #expect(text(filter.take(log.utf8)) == "one\ntwo\nthree\n")
        filter = LogFilter(since: Timestamp("2026-11-21T10:00:01Z"), hasTimestamps: true)
        #expect(
            text(filter.take(log.utf8))
                == "2026-11-21T10:00:01.500000000Z two\n2026-11-21T10:00:02.000000000Z three\n"
        )
        filter = LogFilter(limit: 6)
        #expect(text(filter.take(log.utf8)) == "one\ntw")
        #expect(filter.isFull)
    }

    @Test(arguments: [(0, ""), (1, "three\n"), (2, "two\nthree\n"), (9, "one\ntwo\nthree\n")])
    func `the last lines count as lines, whatever parts they have`(count: Int, expected: String) {
        var tail = LogTail(count: count)
        tail.take("T stdout F one\nT stdout F two\nT stdout P thr\nT stdout F ee\n".utf8)
        var filter = LogFilter()
        #expect(text(tail.lines.flatMap { filter.take($0) }) == expected)
    }

    @Test func `a file that is full makes room, and two are kept`() throws {
        let folder = "/tmp/trama-test-log-\(UInt32.random(in: 0...UInt32.max))"
        try SmallFiles.makeFolder(folder)
        defer { SmallFiles.removeAll(folder) }
        var log = try LogFile(path: "\(folder)/0.log", limit: 10)
        for text in ["aaaaaa\n", "bbbbbb\n", "cccccc\n"] { log.write(Array(text.utf8)) }
        #expect(SmallFiles.names(in: folder) == ["0.log", "0.log.1"])
        #expect(text(try SmallFiles.read("\(folder)/0.log")) == "cccccc\n")
        #expect(text(try SmallFiles.read("\(folder)/0.log.1")) == "bbbbbb\n")
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000000Z"), (1_709_208_000, "2024-02-29T12:00:00.000000000Z"),
        (4_102_444_799, "2099-12-31T23:59:59.000000000Z"),
    ])
    func `times are civil`(seconds: Int64, expected: String) {
        #expect(WallClock(seconds: seconds, nanoseconds: 0).text == expected)
    }

    @Test func `a flood on one stream does not keep the other waiting, nor the end`() throws {
        let (output, errors) = (try Pipe(), try Pipe())
        defer { for descriptor in [output.writer, errors.writer] { close(descriptor) } }
        _ = fcntl(output.writer, F_SETFL, O_NONBLOCK)
        func flood() { while write(output.writer, "yyyyyyy\n", 8) == 8 {} }
        func lines(_ log: [UInt8], of stream: String) -> Int {
            String(decoding: log, as: UTF8.self).split(separator: "\n").count { $0.contains(" \(stream) F ") }
        }
        flood()
        _ = write(errors.writer, "bad\n", 4)
        var streams = LogStreams(output: output.reader, errors: errors.reader)
        let log = streams.read()
        #expect(lines(log, of: "stdout") == 8_192)
        #expect(lines(log, of: "stderr") == 1)
        flood()
        _ = write(errors.writer, "worse", 5)
        let rest = streams.finish()
        #expect(lines(rest, of: "stdout") == 8_192)
        #expect(String(decoding: rest, as: UTF8.self).contains(" stderr F worse\n"))
        for descriptor in streams.descriptors { close(descriptor) }
    }
}
