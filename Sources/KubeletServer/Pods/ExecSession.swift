/// A command that runs in a container.
///
/// The server reads ``output`` and ``errors`` each from one task, at the same time, writes from another, and asks for
/// the ``result()`` at the end. It calls ``end()`` exactly once, whatever has happened before.
public protocol ExecSession: Sendable {
    /// Its standard output, or all that its terminal shows; ends when nobody holds it open any longer.
    var output: ByteSource { get }

    /// Its standard error; at its end from the beginning where it has a terminal.
    var errors: ByteSource { get }

    /// Writes to its standard input, and waits until it was taken. Bytes for a command that reads no more are dropped.
    func write(_ bytes: [UInt8]) async

    /// Nothing more will be written; a terminal gets its end-of-file character.
    func closeInput() async

    /// The client's window has another size; ignored without a terminal.
    func resize(columns: UInt16, rows: UInt16) async

    /// Waits for the end of the command.
    func result() async -> ExecResult

    /// The client has gone, or was told the result: kills the command where it still runs, at once, and lets go of what
    /// it had. Sequences end, and ``result()`` returns, soon after.
    func end() async
}

/// How a command has ended.
public enum ExecResult: Sendable, Hashable {
    /// It ended by itself: 0 to 255; 128 and the signal's number where a signal ended it.
    case exited(code: Int)
    /// It could not be run, or nobody knows how it ended.
    case failed(reason: String)
}
