import NFTables
import OverlayCore

/// Keeps the nftables table in the kernel as it is wanted.
struct OverlayTableKeeper {
    private let backend: any NFTablesBackend
    private var state: OverlayState?
    /// What is wanted; nil before the first state.
    private var wanted: OverlayTable?
    /// What we put there; nil where it must be read first.
    private var installed: OverlayTable?
    /// What an earlier process's table had in the sets that depend on others than this host, kept while not all of them
    /// are known; nil before it was read.
    private var kept: [String: Set<Element>]?
    /// Whether the table was made or taken over by this process.
    private var isOwned = false
    /// What the last table that was made or taken over knew of encryption.
    private var policy: EncryptionPolicy?
    /// Counts of tables that were replaced, and those last read of the present one.
    private var pastDrops = OverlayDrops()
    private var presentDrops = OverlayDrops()

    init(backend: any NFTablesBackend) { self.backend = backend }

    /// Whether there is something to do.
    var isSettled: Bool { wanted == installed }

    /// Whether what must not be sent in plain text is dropped, as far as we know; somebody may remove the table, but it
    /// was there.
    var isGuarding: Bool { state?.node.encryption != .require || policy == .require }

    /// Follows a change of the state.
    mutating func update(to state: OverlayState) {
        if state.isComplete { kept = [:] }
        guard let previous = self.state, wanted != nil, previous.node == state.node else {
            self.state = state
            wanted = withKept(OverlayTable(state), for: state)
            return
        }
        self.state = state
        let isSame =
            previous.pods == state.pods && previous.networks == state.networks
            && previous.isComplete == state.isComplete && previous.peers.count == state.peers.count
            && state.peers.allSatisfy { id, peer in
                previous.peers[id].map { $0.record.isAlikeToFilters(peer.record) } ?? false
            }
        guard !isSame else { return }
        wanted = withKept(OverlayTable(state), for: state)
    }

    /// A table with what is kept of an earlier process's.
    private func withKept(_ table: OverlayTable, for state: OverlayState) -> OverlayTable {
        guard let kept, !kept.isEmpty, !state.isComplete else { return table }
        return table.keeping(kept, for: state.node)
    }

    /// Notes that somebody else changed the table, or may have.
    mutating func distrust() { installed = nil }

    /// What was done, and why.
    struct Outcome {
        var transactions = 0
        var repair: RepairCause?
    }

    /// Whether connections that the rules would not let begin may be there from before.
    private var mayHaveOldConnections = false

    /// The connections that are to be ended now that the table is as it is wanted; nil for none.
    var connectionsToEnd: TunnelConnections? {
        guard mayHaveOldConnections, isSettled, state?.node.masquerades == true else { return nil }
        return installed?.tunnelConnections
    }

    /// Notes that they were ended.
    mutating func noteConnectionsEnded() { mayHaveOldConnections = false }

    /// Makes the table as it is wanted.
    mutating func settle() async throws(TransactionError) -> Outcome {
        var outcome = Outcome()
        guard var wanted else { return outcome }
        if let installed, installed.hasStructure(of: wanted) {
            let change = wanted.change(from: installed.elements)
            guard !change.isEmpty else { return outcome }
            do {
                try await backend.commit(change)
                if wanted.leadsElsewhere(than: installed) { mayHaveOldConnections = true }
                self.installed = wanted
                outcome.transactions = 1
                return outcome
            } catch .rejected {
                // It is not as we believed.
                self.installed = nil
            } catch {
                throw error
            }
        }
        let expected = installed
        guard let snapshot = try await backend.snapshot(of: OverlayTable.id) else {
            if kept == nil { kept = [:] }
            if isOwned { outcome.repair = .tableMissing }
            return try await replace(by: wanted, outcome)
        }
        presentDrops = OverlayDrops(snapshot)
        if kept == nil, let state, !isOwned {
            kept = state.isComplete ? [:] : wanted.lasting(in: snapshot)
            wanted = withKept(wanted, for: state)
            self.wanted = wanted
        }
        guard wanted.hasStructure(of: snapshot) else {
            if isOwned, expected == nil { outcome.repair = .tableChanged }
            return try await replace(by: wanted, outcome)
        }
        let change = wanted.change(from: snapshot.elements.mapValues { Set($0.lazy.map(\.withoutExpiration)) })
        if !change.isEmpty {
            if isOwned, expected == nil { outcome.repair = .tableChanged }
            try await backend.commit(change)
            outcome.transactions = 1
        }
        installed = wanted
        isOwned = true
        policy = state?.node.encryption
        mayHaveOldConnections = true
        return outcome
    }

    private mutating func replace(
        by table: OverlayTable,
        _ outcome: Outcome
    ) async throws(TransactionError) -> Outcome {
        var outcome = outcome
        try await backend.commit(table.creation())
        pastDrops = pastDrops + presentDrops
        presentDrops = OverlayDrops()
        installed = table
        isOwned = true
        mayHaveOldConnections = true
        policy = state?.node.encryption
        outcome.transactions = 1
        return outcome
    }

    /// Removes the table.
    mutating func remove() async throws(TransactionError) {
        try await backend.commit(OverlayTable.deletion())
        (state, wanted, installed, isOwned) = (nil, nil, nil, false)
        (kept, policy) = (nil, nil)
        pastDrops = pastDrops + presentDrops
        presentDrops = OverlayDrops()
    }

    /// Reads what was dropped.
    mutating func drops() async throws(TransactionError) -> OverlayDrops {
        if let snapshot = try await backend.snapshot(of: OverlayTable.id, elementsOf: { _ in false }) {
            presentDrops = OverlayDrops(snapshot)
        }
        return pastDrops + presentDrops
    }
}

extension PeerRecord {
    /// Whether another record leads to the same elements.
    fileprivate func isAlikeToFilters(_ other: PeerRecord) -> Bool {
        endpoints == other.endpoints && prefixes == other.prefixes && isRemoved == other.isRemoved
            && encryption == other.encryption && vxlanPort == other.vxlanPort
    }
}
