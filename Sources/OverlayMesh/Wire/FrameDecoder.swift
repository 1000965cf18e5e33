import NIOCore

/// Cuts a connection's bytes into frames: a length of four bytes in network order, then as many bytes.
struct FrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    /// Bytes of a frame at most, without its length.
    static let limit = 1 << 20
    static let headerByteCount = 4

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let frame = try Self.next(in: &buffer) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(frame))
        return .continue
    }

    mutating func decodeLast(
        context: ChannelHandlerContext,
        buffer: inout ByteBuffer,
        seenEOF: Bool
    ) throws -> DecodingState {
        if case .continue = try decode(context: context, buffer: &buffer) { return .continue }
        guard buffer.readableBytes == 0 else { throw FrameError.truncated(byteCount: buffer.readableBytes) }
        return .needMoreData
    }

    /// Takes the next whole frame out of the buffer; nil if it is not all there.
    static func next(in buffer: inout ByteBuffer) throws(FrameError) -> ByteBuffer? {
        guard let length: UInt32 = buffer.getInteger(at: buffer.readerIndex) else { return nil }
        guard length > 0 else { throw .empty }
        guard length <= limit else { throw .tooLarge(byteCount: length) }
        guard buffer.readableBytes - headerByteCount >= Int(length) else { return nil }
        buffer.moveReaderIndex(forwardBy: headerByteCount)
        return buffer.readSlice(length: Int(length))
    }

    /// A frame with these bytes.
    static func frame(_ bytes: [UInt8], allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: headerByteCount + bytes.count)
        buffer.writeInteger(UInt32(truncatingIfNeeded: bytes.count))
        buffer.writeBytes(bytes)
        return buffer
    }
}

/// Why a connection's bytes are no frames.
enum FrameError: Error, Equatable, CustomStringConvertible {
    /// A frame of no bytes.
    case empty
    /// A frame of more than ``FrameDecoder/limit`` bytes.
    case tooLarge(byteCount: UInt32)
    /// The connection ended within a frame, after so many of its bytes.
    case truncated(byteCount: Int)

    var description: String {
        switch self {
        case .empty: "it sent a frame of no bytes"
        case .tooLarge(let byteCount): "it sent a frame of \(byteCount) bytes, more than \(FrameDecoder.limit)"
        case .truncated(let byteCount): "it ended after \(byteCount) bytes of a frame"
        }
    }
}
