import APIRegistry
import JSON
import Storage

/// A write that is being prepared: one object, and what must be written with it.
struct WritePlan: Sendable {
    /// The kind.
    var kind: KindDefinition
    /// The object's key.
    var key: String
    /// The object before; nil where it is new.
    var old: CachedObject?
    /// The object afterwards, in its stored form.
    var new: JSONValue { didSet { bytes = nil } }
    /// `new` as it is stored, once it was written.
    private var bytes: [UInt8]?
    /// Whether it goes, and `new` is what it was last.
    var isRemoval = false
    /// What else must be true.
    var conditions: [StoreTransaction.Condition] = []
    /// What else is written.
    var changes: [StoreTransaction.Change] = []
    /// What is given out and taken back with it.
    var allocation: AllocationChanges?

    init(kind: KindDefinition, key: String, old: CachedObject?, new: JSONValue, isRemoval: Bool = false) {
        self.kind = kind
        self.key = key
        self.old = old
        self.new = new
        self.isRemoval = isRemoval
    }

    /// The bytes to store; made once, however often they are needed.
    mutating func stored(_ head: ObjectHead) -> [UInt8] {
        if let bytes { return bytes }
        let made = head.stored(new)
        bytes = made
        return made
    }
}

/// What became of a plan.
enum WriteOutcome: Sendable {
    /// It was written; the object as it is now, or was last.
    case committed(CachedObject)
    /// The object is another by now; nil where there is none.
    case conflict(StoredValue?)
    /// Somebody else took what was allocated.
    case allocationConflict
}

extension ObjectRegistry {
    /// An object may have so many bytes; etcd's limit for requests.
    static let objectByteLimit = 3 << 19

    /// Writes, if the object is still as the plan supposes.
    func commit(_ plan: inout WritePlan) async throws(Refusal) -> WriteOutcome {
        let head = try cache(of: plan.kind).head
        var change = StoreTransaction.Change.delete(key: plan.key)
        if !plan.isRemoval {
            let bytes = plan.stored(head)
            guard bytes.count <= Self.objectByteLimit else { throw .tooLarge(limit: Self.objectByteLimit) }
            change = .put(key: plan.key, value: bytes, timeToLive: plan.kind.timeToLive)
        }
        let own = StoreTransaction.Condition(key: plan.key, modRevision: plan.old?.revision)
        let transaction = StoreTransaction(if: [own] + plan.conditions, then: [change] + plan.changes)
        let outcome: StoreOutcome
        do throws(StoreError) {
            outcome = try await store.commit(transaction)
        } catch {
            throw Self.refusal(of: error)
        }
        switch outcome {
        case .committed(let revision):
            return .committed(try draftObject(&plan, revision: revision))
        case .conflict(_, let present):
            let found = present.first ?? nil
            return found?.modRevision == plan.old?.revision ? .allocationConflict : .conflict(found)
        }
    }

    /// The object that a plan leads to.
    ///
    /// - Parameter revision: Nil where nothing was written.
    func draftObject(_ plan: inout WritePlan, revision: Revision?) throws(Refusal) -> CachedObject {
        let head = try cache(of: plan.kind).head
        let stored = plan.stored(head)
        guard let revision = revision ?? plan.old?.revision else {
            // What was never written has no version.
            return CachedObject(key: plan.key, revision: Revision(0), bytes: stored)
        }
        guard let bytes = head.served(stored, revision: revision) else { throw .internalError("no object was written") }
        return CachedObject(key: plan.key, revision: revision, bytes: bytes)
    }
}
