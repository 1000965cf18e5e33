import OverlayCore

/// What a node wants done, in order, held back where it must first be on the disk.
///
/// One write is under way at a time; it takes with it all that waits to be written, so that a slow disk costs one write
/// for many outputs and not one for each.
struct EffectQueue {
    /// What to do next.
    enum Step {
        /// Do this.
        case perform(MeshNodeOutput)
        /// Write this, then call ``EffectQueue/didWrite()``.
        case write([ReplicatedEntry])
    }

    private var outputs: [MeshNodeOutput] = []
    /// The first of ``outputs`` that was not taken yet.
    private var head = 0
    /// Of ``outputs``, those before this one need no write any more once ``isWriting`` is false.
    private var durableEnd = 0
    /// To be written when convenient.
    private var unhurried: [ReplicatedEntry.Key: ReplicatedEntry] = [:]
    private var isFlushDue = false
    /// Whether a write is under way.
    private(set) var isWriting = false

    /// Outputs that wait.
    var count: Int { outputs.count - head }

    /// Whether everything was done and written.
    var isEmpty: Bool { count == 0 && !isWriting && unhurried.isEmpty }

    /// Adds what comes after everything before.
    mutating func append(_ more: [MeshNodeOutput]) {
        outputs += more
    }

    /// Has what may be written when convenient written now.
    mutating func flush() {
        isFlushDue = !unhurried.isEmpty
    }

    /// Takes the next step; nil if there is none, or not before the write under way has ended.
    mutating func next() -> Step? {
        while head < outputs.count {
            switch outputs[head] {
            case .mesh(.store(let entries)):
                head += 1
                for entry in entries { keep(entry) }
            case .mesh(.persist) where head >= durableEnd:
                guard !isWriting else { return nil }
                return write(through: outputs.count)
            case .mesh(.persist):
                guard !isWriting else { return nil }
                head += 1
            case let output:
                head += 1
                return .perform(output)
            }
        }
        outputs.removeAll(keepingCapacity: outputs.capacity <= 4_096)
        head = 0
        durableEnd = 0
        guard isFlushDue, !isWriting else { return nil }
        return write(through: 0)
    }

    /// The write that was asked for has been done.
    mutating func didWrite() {
        isWriting = false
    }

    /// Takes all that no step has written yet, since nothing more is to be done.
    mutating func takeUnwritten() -> [ReplicatedEntry] {
        for output in outputs[max(head, min(durableEnd, outputs.count))...] {
            switch output {
            case .mesh(.persist(let entries)), .mesh(.store(let entries)):
                for entry in entries { keep(entry) }
            default:
                break
            }
        }
        defer { self = EffectQueue() }
        return Array(unhurried.values)
    }

    private mutating func keep(_ entry: ReplicatedEntry) {
        guard let known = unhurried[entry.key], !entry.supersedes(known) else {
            unhurried[entry.key] = entry
            return
        }
    }

    private mutating func write(through end: Int) -> Step {
        for output in outputs[min(head, end)..<end] {
            switch output {
            case .mesh(.persist(let entries)):
                for entry in entries { keep(entry) }
            default:
                break
            }
        }
        durableEnd = end
        isWriting = true
        isFlushDue = false
        defer { unhurried = [:] }
        return .write(Array(unhurried.values))
    }
}
