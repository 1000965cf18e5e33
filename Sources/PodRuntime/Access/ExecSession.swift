/// A program that runs in a container beside the container's own.
///
/// It is killed when the session is given up: call ``end()`` in every case.
public final class ExecSession: Sendable {
    /// What it writes to its standard output, or to its terminal.
    public let standardOutput: ByteReader
    /// What it writes to its standard error; empty with a terminal.
    public let standardError: ByteReader
    private let input: @Sendable ([UInt8]?) async throws -> Void
    private let resizing: @Sendable (_ columns: UInt16, _ rows: UInt16) -> Void
    private let waiting: @Sendable () async throws -> Int32
    private let ending: @Sendable () -> Void

    init(
        standardOutput: ByteReader,
        standardError: ByteReader,
        input: @escaping @Sendable ([UInt8]?) async throws -> Void,
        resizing: @escaping @Sendable (UInt16, UInt16) -> Void,
        waiting: @escaping @Sendable () async throws -> Int32,
        ending: @escaping @Sendable () -> Void
    ) {
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.input = input
        self.resizing = resizing
        self.waiting = waiting
        self.ending = ending
    }

    /// Writes to its standard input; waits while it does not read. Without `stdin` the bytes are dropped.
    public func write(_ bytes: [UInt8]) async throws { try await input(bytes) }

    /// Ends its standard input.
    public func closeInput() async throws { try await input(nil) }

    /// Tells the terminal its size.
    public func resize(columns: UInt16, rows: UInt16) { resizing(columns, rows) }

    /// Waits for its end: the exit status, or 128 and the signal's number.
    public func exitStatus() async throws -> Int32 { try await waiting() }

    /// Kills it where it still runs, and closes what it was joined with.
    public func end() { ending() }
}
