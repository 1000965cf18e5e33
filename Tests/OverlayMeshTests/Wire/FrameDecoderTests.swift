import SeededTesting
import NIOCore
import NIOEmbedded
import Testing

@testable import OverlayMesh

@Suite("frames")
struct FrameDecoderTests {
    @Test func `frames come out as they went in, however they are cut`() throws {
        var generator = SeededGenerator()
        let frames = (0..<50).map { _ in
            [UInt8](
                repeating: .random(in: .min ... .max, using: &generator),
                count: .random(in: 1...300, using: &generator)
            )
        }
        var bytes = ByteBuffer()
        for frame in frames {
            var buffer = FrameDecoder.frame(frame, allocator: ByteBufferAllocator())
            bytes.writeBuffer(&buffer)
        }
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(FrameDecoder()))
        while bytes.readableBytes > 0 {
            let count = min(bytes.readableBytes, .random(in: 1...200, using: &generator))
            try channel.writeInbound(bytes.readSlice(length: count))
        }
        for frame in frames {
            #expect(try channel.readInbound(as: ByteBuffer.self) == ByteBuffer(bytes: frame), "\(generator)")
        }
        #expect(try channel.finish().isClean)
    }

    @Test func `a length is refused before its bytes come`() throws {
        var tooLarge = ByteBuffer(integer: UInt32(1 << 20) + 1)
        #expect(throws: FrameError.tooLarge(byteCount: 1 << 20 + 1)) { try FrameDecoder.next(in: &tooLarge) }
        var empty = ByteBuffer(integer: 0 as UInt32)
        #expect(throws: FrameError.empty) { try FrameDecoder.next(in: &empty) }
        var largest = ByteBuffer(integer: UInt32(1 << 20))
        #expect(try FrameDecoder.next(in: &largest) == nil)
    }

    @Test func `an end within a frame is an error`() throws {
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(FrameDecoder()))
        try channel.writeInbound(ByteBuffer(bytes: [0, 0, 0, 5, 1]))
        #expect(throws: FrameError.truncated(byteCount: 5)) { try channel.finish() }
    }
}
