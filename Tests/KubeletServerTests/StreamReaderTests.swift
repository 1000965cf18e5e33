import JSON
import SeededTesting
import Testing

@testable import KubeletServer

/// What a client says over the channels of a command.
@Suite struct StreamReaderTests {
    private func read(_ frames: [[UInt8]], _ version: StreamProtocol = .v5) -> [StreamReader.Event] {
        var reader = StreamReader(version)
        return frames.indices.compactMap { index in
            reader.read(frames[index], isFirst: true, isLast: true)
        }
    }

    @Test func `the first byte of a message names its channel`() {
        let resize = [4] + Array(#"{"Width":120,"Height":40}"#.utf8)
        #expect(
            read([[0, 104, 105], resize, [1, 33], [2, 33], [3, 33], [9, 33]])
                == [.input([104, 105]), .resize(columns: 120, rows: 40)]
        )
    }

    @Test func `the end of input is said with version 5 only`() {
        #expect(read([[255, 0]], .v5) == [.endOfInput])
        #expect(read([[255, 0]], .v4) == [])
        #expect(read([[255, 1], [255], [255, 0, 0]], .v5) == [])
    }

    @Test func `a message in several frames is told piece by piece`() {
        var reader = StreamReader(.v5)
        #expect(reader.read([0, 1], isFirst: true, isLast: false) == .input([1]))
        #expect(reader.read([2, 3], isFirst: false, isLast: false) == .input([2, 3]))
        #expect(reader.read([], isFirst: false, isLast: true) == nil)
        // What goes on with nothing is nothing.
        #expect(reader.read([0, 4], isFirst: false, isLast: true) == nil)
        // The channel may come after a frame without bytes.
        #expect(reader.read([], isFirst: true, isLast: false) == nil)
        #expect(reader.read([0, 5], isFirst: false, isLast: true) == .input([5]))
    }

    @Test func `a size in several frames is put together`() {
        var reader = StreamReader(.v4)
        #expect(reader.read([4] + Array(#"{"Width":80,"#.utf8), isFirst: true, isLast: false) == nil)
        #expect(
            reader.read(Array(#""Height":24}"#.utf8), isFirst: false, isLast: true) == .resize(columns: 80, rows: 24)
        )
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"Width":80}"#, #"{"Width":-1,"Height":24}"#, #"{"Width":70000,"Height":24}"#,
        #"{"Width":"80","Height":24}"#, #"{"Width":8.5,"Height":24}"#, #"{"Width":1e99,"Height":24}"#,
    ])
    func `a size that is none is passed over`(_ text: String) {
        #expect(read([[4] + Array(text.utf8)]) == [])
    }

    @Test func `a size without end is not collected`() {
        var reader = StreamReader(.v5)
        _ = reader.read([4], isFirst: true, isLast: false)
        for _ in 0..<10_000 {
            #expect(reader.read([UInt8](repeating: 32, count: 512), isFirst: false, isLast: false) == nil)
        }
        #expect(reader.read(Array(#"{"Width":80,"Height":24}"#.utf8), isFirst: false, isLast: true) == nil)
        #expect(reader.read([0, 1], isFirst: true, isLast: true) == .input([1]))
    }

    @Test func `whatever is sent, input comes out whole and nothing else does`() {
        var random = SeededGenerator()
        let seed = "\(random)"
        for _ in 0..<2_000 {
            var reader = StreamReader(random.next() % 2 == 0 ? .v4 : .v5)
            var (expected, actual): ([UInt8], [UInt8]) = ([], [])
            for _ in 0..<8 {
                let channel: UInt8 = [0, 0, 1, 4, 255, 77].randomElement(using: &random) ?? 0
                var message = [channel]
                for _ in 0..<Int.random(in: 0..<40, using: &random) {
                    message.append(UInt8(truncatingIfNeeded: random.next()))
                }
                if channel == 0 { expected += message.dropFirst() }
                var isFirst = true
                repeat {
                    let count = Int.random(in: 0...message.count, using: &random)
                    let event = reader.read(message.prefix(count), isFirst: isFirst, isLast: count == message.count)
                    if case .input(let bytes) = event { actual += bytes }
                    message.removeFirst(count)
                    isFirst = false
                    if message.isEmpty { break }
                } while true
            }
            #expect(actual == expected, "\(seed)")
        }
    }

    @Test func `the first protocol that both know is taken`() {
        #expect(StreamProtocol(offered: ["v5.channel.k8s.io, v4.channel.k8s.io"]) == .v5)
        #expect(StreamProtocol(offered: ["v9.channel.k8s.io", "v4.channel.k8s.io,v5.channel.k8s.io"]) == .v4)
        #expect(StreamProtocol(offered: ["channel.k8s.io", "SPDY/3.1"]) == nil)
        #expect(StreamProtocol(offered: [String]()) == nil)
    }

    @Test func `a result is the status that clients know`() {
        func text(_ result: ExecResult) -> String { String(decoding: result.status.json, as: UTF8.self) }
        #expect(text(.exited(code: 0)) == #"{"metadata":{},"status":"Success"}"#)
        // As kubelet 1.36 sends it for `exit 3`.
        #expect(
            text(.exited(code: 3))
                == #"{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: "#
                + #"exit status 3","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}"#
        )
        #expect(text(.failed(reason: "no such program")).contains("Internal error occurred: no such program"))
    }
}
