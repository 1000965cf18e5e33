/// Keys that wait to be worked on: each at most once, in the order in which they came, none by two at a time.
///
/// A value, driven by its owner, who passes the time. Keys whose work failed wait longer each time, from 5 ms to
/// 5 minutes. Source: `k8s.io/client-go/util/workqueue`.
public struct WorkQueue<Key: Hashable & Sendable>: Sendable {
    private var ready: [Key] = []
    private var readyStart = 0
    private var waiting: Set<Key> = []
    private var active: Set<Key> = []
    private var again: Set<Key> = []
    private var failures: [Key: Int] = [:]
    /// When each key that waits for a time is due; the earliest one counts.
    private var due: [Key: Duration] = [:]

    /// An empty queue.
    public init() {}

    /// How many keys wait to be worked on at once.
    public var depth: Int { ready.count - readyStart }

    /// Whether nothing waits and nothing is worked on; times to come do not count.
    public var isIdle: Bool { depth == 0 && active.isEmpty }

    /// Puts a key in; one that is worked on is worked on again afterwards.
    public mutating func add(_ key: Key) {
        if active.contains(key) {
            again.insert(key)
        } else if waiting.insert(key).inserted {
            ready.append(key)
        }
    }

    /// Puts a key in at a time; an earlier time that it has counts instead.
    ///
    /// - Returns: Whether the caller has to ask for keys at that time: no earlier one was named for the key.
    public mutating func add(_ key: Key, at time: Duration) -> Bool {
        if let present = due[key], present <= time { return false }
        due[key] = time
        return true
    }

    /// Puts a key in whose time has come.
    public mutating func release(_ key: Key, now: Duration) {
        guard let time = due[key], time <= now else { return }
        due[key] = nil
        add(key)
    }

    /// Takes the next key to work on; nil where none is ready.
    public mutating func next() -> Key? {
        guard readyStart < ready.count else { return nil }
        let key = ready[readyStart]
        readyStart += 1
        if readyStart > 64, readyStart * 2 > ready.count {
            ready.removeFirst(readyStart)
            readyStart = 0
        }
        waiting.remove(key)
        active.insert(key)
        return key
    }

    /// Says that the work on a key succeeded.
    public mutating func succeed(_ key: Key) {
        failures[key] = nil
        finish(key)
    }

    /// Says that the work on a key failed: it is to be worked on again after a while.
    ///
    /// - Parameter atLeast: What the server asked to wait.
    /// - Returns: After how long; the caller puts the key in at that time.
    public mutating func fail(_ key: Key, atLeast: Duration = .zero) -> Duration {
        let count = failures[key, default: 0]
        failures[key] = count + 1
        finish(key)
        return max(min(.milliseconds(5) * (1 << min(count, 16)), .seconds(300)), atLeast)
    }

    private mutating func finish(_ key: Key) {
        active.remove(key)
        if again.remove(key) != nil { add(key) }
    }
}
