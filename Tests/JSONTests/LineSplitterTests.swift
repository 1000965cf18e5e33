import Testing

@testable import JSON

@Suite("Lines of a watch")
struct LineSplitterTests {
    private func lines(_ chunks: [String], limit: Int = 100) throws -> [String] {
        var splitter = LineSplitter(limit: limit)
        var lines: [String] = []
        for chunk in chunks {
            splitter.append(chunk.utf8)
            while let line = try splitter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        return lines
    }

    @Test("Any cut of the stream into chunks gives the same lines", arguments: 1...13)
    func anyCut(size: Int) throws {
        let stream = Array("{\"a\":1}\n{\"b\":2}\n\n{\"ü\":3}\n".utf8)
        let chunks = stride(from: 0, to: stream.count, by: size).map { start in
            stream[start..<min(start + size, stream.count)]
        }
        var splitter = LineSplitter(limit: 100)
        var lines: [String] = []
        for chunk in chunks {
            splitter.append(chunk)
            while let line = try splitter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        #expect(lines == ["{\"a\":1}", "{\"b\":2}", "{\"ü\":3}"])
        #expect(!splitter.endsInsideLine)
    }

    @Test("Several lines may come in one chunk")
    func severalInOne() throws {
        #expect(try lines(["a\nb\nc"]) == ["a", "b"])
    }

    @Test("A stream that ends inside a line says so")
    func endsInside() throws {
        var splitter = LineSplitter(limit: 100)
        splitter.append("a\nb".utf8)
        #expect(try splitter.next() == Array("a".utf8))
        #expect(try splitter.next() == nil)
        #expect(splitter.endsInsideLine)
    }

    @Test("A line of the limit is accepted, a longer one is not, whether it has ended or not")
    func limit() throws {
        #expect(try lines(["12345\n"], limit: 5) == ["12345"])
        #expect(throws: LineSplitter.LineTooLong(limit: 5)) { try lines(["123456\n"], limit: 5) }
        #expect(throws: LineSplitter.LineTooLong(limit: 5)) { try lines(["123456"], limit: 5) }
    }

    @Test("A line that comes byte by byte costs time in proportion to its length")
    func slowLine() throws {
        var splitter = LineSplitter(limit: 1 << 20)
        for _ in 0..<(1 << 18) {
            splitter.append(CollectionOfOne(UInt8(ascii: "x")))
            #expect(try splitter.next() == nil)
        }
        splitter.append(CollectionOfOne(UInt8(ascii: "\n")))
        #expect(try splitter.next()?.count == 1 << 18)
    }
}
