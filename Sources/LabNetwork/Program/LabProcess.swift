import Glibc

/// A process, told from a later one of the same number by when it started.
public struct LabProcess: Sendable, Hashable {
    /// Its number.
    public let id: Int32
    /// When it started, in clock ticks since the machine did (field 22 of `/proc/PID/stat`).
    public let startTime: UInt64

    /// The process of that number and time.
    public init(id: Int32, startTime: UInt64) {
        self.id = id
        self.startTime = startTime
    }

    /// The process that has this number now; nil where there is none, or it has ended and nobody took notice.
    public init?(id: Int32) {
        guard let found = Self.read(id) else { return nil }
        self.init(id: id, startTime: found.startTime)
    }

    /// Whether it runs. A child of this program that has ended is reaped by asking.
    public var isAlive: Bool {
        if let found = Self.read(id) { return found.startTime == startTime }
        var status: Int32 = 0
        // Only reaps a child, and only one that has ended; `read` says nothing else of such a one.
        _ = unsafe waitpid(id, &status, WNOHANG)
        return false
    }

    /// Sends a signal, unless the process has ended.
    ///
    /// - Returns: Whether it was there.
    @discardableResult
    public func signal(_ number: Int32) -> Bool {
        guard id > 1, isAlive else { return false }
        return kill(id, number) == 0
    }

    /// The processes whose network namespace is one of these (``NetworkNamespace/identifier()``), in order of number.
    public static func all(inNetworkNamespaces identifiers: Set<UInt64>) -> [LabProcess] {
        guard !identifiers.isEmpty else { return [] }
        return all { id in
            // `net:[4026531840]`
            guard let target = HostFiles.target(of: "/proc/\(id)/ns/net"), let opening = target.firstIndex(of: "["),
                let number = UInt64(target[target.index(after: opening)...].dropLast())
            else { return false }
            return identifiers.contains(number)
        }
    }

    /// The processes, without this one, of which something holds.
    public static func all(where holds: (Int32) -> Bool) -> [LabProcess] {
        let own = getpid()
        return HostFiles.names(in: "/proc").compactMap { Int32($0) }.sorted().compactMap { id in
            // Asked first: what is read of another process of the same number later does not have that start time.
            guard id != own, let process = LabProcess(id: id), holds(id) else { return nil }
            return process
        }
    }

    /// Ends processes: asks them to (SIGTERM), and kills those that are there after a while.
    ///
    /// - Returns: Those that live on, as processes do that wait for a disk.
    @discardableResult
    public static func end(_ processes: [LabProcess], grace: Duration) async -> [LabProcess] {
        var left = processes.filter { $0.signal(SIGTERM) }
        left = await wait(for: left, atMost: grace)
        for process in left { process.signal(SIGKILL) }
        return await wait(for: left, atMost: .seconds(5))
    }

    /// Waits until processes have ended.
    ///
    /// - Returns: Those that live on.
    public static func wait(for processes: [LabProcess], atMost limit: Duration) async -> [LabProcess] {
        let clock = ContinuousClock()
        let end = clock.now + limit
        var left = processes.filter(\.isAlive)
        while !left.isEmpty, clock.now < end {
            // Not a child's end, so there is nothing to wait on but the table of processes. Of a task that was cancelled
            // the sleep ends at once, and so does the wait.
            do { try await Task.sleep(for: .milliseconds(5)) } catch { break }
            left.removeAll { !$0.isAlive }
        }
        return left
    }

    /// What `/proc` says of a process that runs; nil of one that has ended, and waits to be reaped.
    private static func read(_ id: Int32) -> (startTime: UInt64, state: Character)? {
        guard let text = HostFiles.text(of: "/proc/\(id)/stat", limit: 4096),
            // The program's name is in parentheses, and may have parentheses and blanks itself.
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, state != "Z", state != "X",
            let startTime = UInt64(fields[19])
        else { return nil }
        return (startTime, state)
    }
}
