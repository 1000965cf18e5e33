/// Pieces of bytes that somebody makes and one reader takes, at the reader's pace.
///
/// It is any sequence of pieces with its type forgotten. No piece is empty; how long they are is up to the maker.
public struct ByteSource: AsyncSequence, Sendable {
    private let make: @Sendable () -> any AsyncIteratorProtocol<[UInt8], any Error>

    /// The pieces of a sequence.
    public init<Base: AsyncSequence & Sendable>(_ base: Base) where Base.Element == [UInt8] {
        make = { Rethrowing(base: base.makeAsyncIterator()) }
    }

    /// These pieces, which are there already.
    public init(pieces: [[UInt8]]) {
        self.init(
            AsyncStream { continuation in
                for piece in pieces where !piece.isEmpty { continuation.yield(piece) }
                continuation.finish()
            }
        )
    }

    /// Nothing.
    public static var empty: ByteSource { ByteSource(pieces: []) }

    /// Begins to read; once.
    public func makeAsyncIterator() -> Iterator { Iterator(base: make()) }

    /// Takes piece after piece.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate var base: any AsyncIteratorProtocol<[UInt8], any Error>

        /// The next piece; nil at the end.
        public mutating func next() async throws -> [UInt8]? {
            try await next(isolation: #isolation)
        }

        /// The next piece; nil at the end.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
            try await base.next(isolation: actor)
        }
    }

    /// Takes pieces from an iterator that fails in whatever way.
    private struct Rethrowing<Base: AsyncIteratorProtocol>: AsyncIteratorProtocol where Base.Element == [UInt8] {
        var base: Base

        mutating func next() async throws -> [UInt8]? {
            try await next(isolation: #isolation)
        }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
            try await base.next(isolation: actor)
        }
    }
}
