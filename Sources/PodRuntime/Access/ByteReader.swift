/// The bytes of a container's log, or what a program writes, in pieces of at most 64 KiB; read as they are asked for.
public struct ByteReader: AsyncSequence, Sendable {
    /// A piece.
    public typealias Element = [UInt8]
    /// Why reading failed.
    public typealias Failure = any Error

    private let next: @Sendable () async throws -> [UInt8]?

    init(next: @escaping @Sendable () async throws -> [UInt8]?) { self.next = next }

    /// Walks the pieces; one walk only.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let read: @Sendable () async throws -> [UInt8]?
        /// The next piece; nil at the end.
        public mutating func next() async throws -> [UInt8]? { try await read() }
    }

    /// Walks the pieces; one walk only.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(read: next) }
}
