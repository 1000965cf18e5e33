import Addressing
import OverlayCore

/// The rules: those that hold at any moment, and those that hold when the network has been well for a while.
extension Simulation {
    // MARK: At any moment

    /// A node may own other addresses than before.
    func checkOwned(by host: Int) {
        guard checksAddresses, let addresses = claims(of: host) else { return }
        for conflict in owned.replace(addresses, of: host) {
            // The other one may have lost it without our having looked.
            guard let other = claims(of: conflict.other) else { continue }
            _ = owned.replace(other, of: conflict.other)
            guard other.contains(where: { $0.overlaps(conflict.interval) }) else { continue }
            report("\(hosts[host].name) and \(hosts[conflict.other].name) both own \(conflict.interval)")
        }
    }

    private func claims(of host: Int) -> Set<AddressLedger.Interval>? {
        // A removed peer may be cut off and know nothing of it.
        guard hosts[host].standing == .member, let addresses = hosts[host].process?.node.addresses else { return nil }
        return Set(addresses.ownedRanges().map { .init(from: $0.lowerBound, through: $0.upperBound) })
    }

    /// A node says which blocks its pods may have addresses of.
    func checkBlocks(_ list: [IPPrefix], of host: Int) {
        guard checksAddresses, hosts[host].standing == .member, let process = hosts[host].process else { return }
        for conflict in blocks.replace(Set(list.map { AddressLedger.Interval($0) }), of: host) {
            let other = hosts[conflict.other].name
            report("\(hosts[host].name) and \(other) both give \(conflict.interval) to pods")
        }
        for block in list where process.node.addresses?.owns(block.address) == false {
            report("\(hosts[host].name) gives \(block) to pods and does not own it")
        }
    }

    /// A process is gone, or not to be believed any more.
    func forgetClaims(of host: Int) {
        _ = blocks.replace([], of: host)
        _ = owned.replace([], of: host)
    }

    // MARK: In the end

    /// Hosts whose process runs and is a member.
    public var running: [Int] {
        hosts.indices.filter { hosts[$0].process != nil && hosts[$0].standing == .member }
    }

    /// Whether all running nodes have the same entries.
    public var agrees: Bool {
        var digest: MeshDigest?
        for host in hosts where host.process != nil {
            guard let own = host.process?.node.mesh.digest else { continue }
            if let digest, digest != own { return false }
            digest = own
        }
        return true
    }

    /// Whether every running node knows that every running member is there.
    public var haveMet: Bool {
        let count = running.count
        return running.allSatisfy { memberCount(on: $0) >= count }
    }

    /// Whether every running node knows every running member as it is.
    public func knowEachOther() -> Bool {
        let running = running
        guard haveMet else { return false }
        let records = running.compactMap { hosts[$0].process?.node.mesh.own }
        // Who has the same entries knows the same.
        var equal: Set<MeshDigest> = []
        return running.allSatisfy { host in
            guard let mesh = hosts[host].process?.node.mesh else { return false }
            guard equal.insert(mesh.digest).inserted else { return true }
            return records.allSatisfy { mesh.member($0.id) == $0 }
        }
    }

    /// Whether every running node knows the member on this host as it is.
    public func isKnownToAll(_ host: Int) -> Bool {
        guard let own = hosts[host].process?.node.mesh.own else { return false }
        return running.allSatisfy { hosts[$0].process?.node.mesh.member(own.id) == own }
    }

    /// Whether every running node has a block of each range.
    public var haveAddresses: Bool {
        guard let ranges = configuration.addresses?.ranges else { return true }
        for host in running {
            guard let blocks = hosts[host].process?.node.blocks, blocks.count >= ranges.count else { return false }
        }
        return true
    }

    /// Whether every address is somebody's who runs.
    public var hasNoLostAddress: Bool { lostAddresses.isEmpty }

    private var lostAddresses: [AddressLedger.Interval] {
        for host in running { checkOwned(by: host) }
        return owned.unclaimed(of: configuration.addresses?.ranges.map(\.prefix) ?? [])
    }

    /// How many members the node of a host knows, itself counted.
    public func memberCount(on host: Int) -> Int { hosts[host].process?.node.mesh.memberCount ?? 0 }

    /// Says in ``violations`` what is not as it should be after the network was well for a while.
    public func checkEnd() {
        let records = running.compactMap { hosts[$0].process?.node.mesh.own }
        let removed = hosts.filter { $0.standing == .removed || $0.standing == .left }.map(\.disk.identity)
        // Who has the same entries knows the same.
        var equal: Set<MeshDigest> = []
        for host in running {
            guard let mesh = hosts[host].process?.node.mesh, equal.insert(mesh.digest).inserted else { continue }
            for record in records where mesh.member(record.id) != record {
                let known = mesh.member(record.id).map { "version \($0.version)" } ?? "nothing"
                report("\(hosts[host].name) knows \(known) of \(record.name), whose version is \(record.version)")
            }
            for id in removed where mesh.member(id) != nil {
                report("\(hosts[host].name) still has \(id) as a member, which was removed")
            }
        }
        if !agrees { report("the nodes do not have the same entries") }
        guard checksAddresses else { return }
        for host in running {
            guard let node = hosts[host].process?.node else { continue }
            for range in configuration.addresses?.ranges ?? []
            where !node.blocks.contains(where: { range.prefix.contains($0.address) }) {
                let status = node.addressStatus.first { $0.range == range }?.text ?? "nothing"
                report("\(hosts[host].name) has no block of \(range.prefix): \(status)")
            }
            for conflict in node.addressConflicts { report("\(hosts[host].name): \(conflict)") }
        }
        for lost in lostAddresses { report("\(lost) are nobody's who runs") }
    }
}
