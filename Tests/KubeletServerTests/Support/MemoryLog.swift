import KubeletServer
import KubernetesAPI
import Synchronization

/// What a container has printed, for readers who may wait for more.
final class MemoryLog: Sendable {
    private struct State {
        var lines: [[UInt8]] = []
        var hasEnded = false
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    init(_ lines: [String] = []) {
        for line in lines { print(line) }
    }

    /// Adds a line.
    func print(_ line: String) {
        wake { $0.lines.append(Array("\(line)\n".utf8)) }
    }

    /// The container has ended.
    func end() {
        wake { $0.hasEnded = true }
    }

    /// How many wait for more.
    var followers: Int { state.withLock { $0.waiting.count } }

    private func wake(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until there is a line of that number; nil where there will be none.
    fileprivate func line(_ number: Int, waits: Bool) async -> [UInt8]? {
        while !Task.isCancelled {
            let (line, isOver) = state.withLock { state -> ([UInt8]?, Bool) in
                (number < state.lines.count ? state.lines[number] : nil, state.hasEnded || !waits)
            }
            if line != nil || isOver { return line }
            let ticket = state.withLock { state in
                state.next += 1
                return state.next
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isNews = state.withLock { state in
                        guard number >= state.lines.count, !state.hasEnded, !Task.isCancelled else { return true }
                        state.waiting[ticket] = continuation
                        return false
                    }
                    if isNews { continuation.resume() }
                }
            } onCancel: {
                state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
            }
        }
        return nil
    }

    /// Lines from a first on.
    func source(_ options: LogOptions, count: Int? = nil) -> ByteSource {
        let total = state.withLock { $0.lines.count }
        let tail = options.tailLines
        return ByteSource(Lines(log: self, first: max(0, total - min(total, tail ?? total)), waits: options.follow))
    }

    private struct Lines: AsyncSequence, AsyncIteratorProtocol, Sendable {
        let log: MemoryLog
        var first: Int
        let waits: Bool

        func makeAsyncIterator() -> Lines { self }

        mutating func next() async -> [UInt8]? {
            defer { first += 1 }
            return await log.line(first, waits: waits)
        }
    }
}
