import NIOCore
import SeededTesting
import Testing

@testable import APIServer

/// Where a stream of WebSocket frames is cut.
@Suite struct FrameCutterTests {
    private func cut(_ bytes: [UInt8], by cutter: inout FrameCutter) -> [[UInt8]] {
        cutter.cut(ByteBuffer(bytes: bytes)).map { Array($0.readableBytesView) }
    }

    @Test func `frames that come together are told apart`() {
        var cutter = FrameCutter()
        // An empty frame, one of two bytes, a masked one of one byte.
        let frames: [[UInt8]] = [[0x82, 0], [0x82, 2, 1, 65], [0x82, 0x81, 9, 9, 9, 9, 66]]
        #expect(cut(frames.flatMap(\.self), by: &cutter) == frames)
    }

    @Test func `lengths of 16 and 64 bits are read`() {
        var cutter = FrameCutter()
        let middle = [0x82, 126, 1, 0] + [UInt8](repeating: 7, count: 256)
        let long = [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0] + [UInt8](repeating: 8, count: 65_536)
        #expect(cut(middle + long + [0x88, 0], by: &cutter) == [middle, long, [0x88, 0]])
        // A length that no frame has is taken as it is.
        let endless = [0x82, 0xff] + [UInt8](repeating: 0xff, count: 8)
        #expect(cut(endless + [1, 2, 3], by: &cutter) == [endless + [1, 2, 3]])
    }

    @Test func `however the bytes come, none is lost and no piece has bytes of two frames`() {
        var random = SeededGenerator()
        let seed = "\(random)"
        for _ in 0..<300 {
            var (stream, ends): ([UInt8], Set<Int>) = ([], [])
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let count = [0, 1, 125, 126, 300].randomElement(using: &random) ?? 0
                let isMasked = Bool.random(using: &random)
                stream.append(0x82)
                stream.append((isMasked ? 0x80 : 0) | UInt8(count < 126 ? count : 126))
                if count >= 126 { stream += [UInt8(count >> 8), UInt8(count & 0xff)] }
                for _ in 0..<count + (isMasked ? 4 : 0) { stream.append(UInt8(truncatingIfNeeded: random.next())) }
                ends.insert(stream.count)
            }
            var cutter = FrameCutter()
            var (offset, rest): (Int, ArraySlice<UInt8>) = (0, stream[...])
            while !rest.isEmpty {
                let chunk = Array(rest.prefix(Int.random(in: 1...400, using: &random)))
                rest = rest.dropFirst(chunk.count)
                for piece in cut(chunk, by: &cutter) {
                    #expect(piece == Array(stream[offset..<offset + piece.count]), "\(seed)")
                    #expect(!ends.contains { offset < $0 && $0 < offset + piece.count }, "\(seed)")
                    offset += piece.count
                }
            }
            #expect(offset == stream.count, "\(seed)")
        }
    }
}
