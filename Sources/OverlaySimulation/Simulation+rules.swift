import Addressing
import OverlayCore

/// The rules: those that hold at any moment, and those that hold when the network has been well for a while.
extension Simulation {
    // MARK: At any moment

    /// Checks what one step of a node can have broken.
    mutating func check(_ host: Int) {
    }

    /// A node says which blocks its pods may have addresses of.
    mutating func report(blocks list: [IPPrefix], of host: Int) {
        let intervals = Set(list.map { AddressLedger.Interval($0) })
        // A removed peer may be cut off and know nothing of it; a clone does not know either.
        guard hosts[host].standing == .member else { return }
        for conflict in blocks.replace(intervals, of: host) {
            let other = hosts[conflict.other].name
            report("\(hosts[host].name) and \(other) both give \(conflict.interval) to pods")
        }
    }

    /// A process is gone, or not to be believed any more.
    mutating func forgetClaims(of host: Int) {
        _ = blocks.replace([], of: host)
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

    /// Whether every running node knows every running member as it is.
    public func knowEachOther() -> Bool {
        let records = running.compactMap { hosts[$0].process?.node.mesh.own }
        return running.allSatisfy { host in
            guard let mesh = hosts[host].process?.node.mesh, mesh.memberCount >= records.count else { return false }
            return records.allSatisfy { mesh.member($0.id) == $0 }
        }
    }

    /// Whether every running node knows the member on this host as it is.
    public func isKnownToAll(_ host: Int) -> Bool {
        guard let own = hosts[host].process?.node.mesh.own else { return false }
        return running.allSatisfy { hosts[$0].process?.node.mesh.member(own.id) == own }
    }

    /// How many members the node of a host knows, itself counted.
    public func memberCount(on host: Int) -> Int { hosts[host].process?.node.mesh.memberCount ?? 0 }

    /// Says in ``violations`` what is not as it should be after the network was well for a while.
    public mutating func checkEnd() {
        let records = running.compactMap { hosts[$0].process?.node.mesh.own }
        let removed = hosts.filter { $0.standing == .removed || $0.standing == .left }.map(\.disk.identity)
        for host in running {
            guard let mesh = hosts[host].process?.node.mesh else { continue }
            for record in records where mesh.member(record.id) != record {
                let known = mesh.member(record.id).map { "version \($0.version)" } ?? "nothing"
                report("\(hosts[host].name) knows \(known) of \(record.name), whose version is \(record.version)")
            }
            for id in removed where mesh.member(id) != nil {
                report("\(hosts[host].name) still has \(id) as a member, which was removed")
            }
        }
        if !agrees { report("the nodes do not have the same entries") }
    }
}
