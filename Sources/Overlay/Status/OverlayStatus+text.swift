import Addressing

/// A page of `trama overlay status` and of `/status`.
public enum StatusPage: String, Sendable, CaseIterable {
    /// Everything in short.
    case summary
    /// Peers that are always connected to.
    case targets
    /// Connections of the mesh.
    case connections
    /// Members and the paths to them.
    case peers
    /// Who owns which part of the address space.
    case ipam
    /// Pods on this host.
    case attachments
}

extension OverlayStatus {
    /// That page, for people.
    public func text(_ page: StatusPage = .summary) -> String {
        switch page {
        case .summary: summary
        case .targets: targets.map { $0.text.padded(to: 32) + $0.state.padded(to: 14) + $0.reason }.lines
        case .connections: connections.map(\.line).lines
        case .peers: peers.map(\.line).lines
        case .ipam: ipam.lines
        case .attachments: attachments.map(\.line).lines
        }
    }

    private var summary: String {
        var text = ""
        func add(_ label: String, _ value: String) {
            text += String(repeating: " ", count: max(0, 16 - label.count)) + label + ": " + value + "\n"
        }
        add("Version", version)
        text += "\n"
        add("Service", "router")
        add("Name", "\(id)(\(name))")
        add("Cluster", "\(cluster) (members from \(membership))")
        add("Endpoint", endpoint.map { "\($0)" } ?? "none: no interface has an address that others could reach")
        add("Encryption", encryption + (encryptedPath.map { " (encrypted path: \($0))" } ?? ""))
        if let encryptedPathProblem { add("Encrypted path", "none: \(encryptedPathProblem)") }
        add("Pod MTU", "\(podMTU) (\(podMTUReason))")
        if membership == "mesh" {
            add("Targets", "\(targets.count)")
            add("Connections", Self.tally(connections.map(\.state)))
        }
        let others = peers.filter { !$0.isSelf }
        add(
            "Peers",
            others.isEmpty
                ? "\(peers.count)" : "\(peers.count) (\(Self.tally(others.map(\.path), isTotalShown: false)))"
        )
        text += "\n"
        add("Service", "ipam")
        add("Status", ipam.state)
        add("Range", ipam.ranges.map(\.description).joined(separator: ", "))
        add("Prefixes", ipam.prefixes.isEmpty ? "none yet" : ipam.prefixes.map(\.description).joined(separator: ", "))
        add("Used", "\(ipam.used)")
        text += "\n"
        add("Service", "data path")
        add("Attachments", "\(attachments.count)")
        if !networks.isEmpty { add("Networks", networks.map { "\($0.name) (VNI \($0.vni))" }.joined(separator: ", ")) }
        let repaired = repairs.filter { $0.value > 0 }.sorted { $0.key < $1.key }
        add("Repairs", repaired.isEmpty ? "none" : repaired.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
        add("Strangers", "\(strangersDropped) packets dropped")
        let dropped = drops.filter { $0.key != "stranger" && $0.value > 0 }.sorted { $0.key < $1.key }
        add("Other drops", dropped.isEmpty ? "none" : dropped.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
        for problem in problems { add("Problem", problem) }
        for notice in notices { add("Notice", notice) }
        return text
    }

    /// `3 (2 established, 1 retrying)`.
    private static func tally(_ states: [String], isTotalShown: Bool = true) -> String {
        let counts = states.reduce(into: [:]) { $0[$1, default: 0] += 1 }.sorted { $0.key < $1.key }
        let parts = counts.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        guard isTotalShown else { return parts }
        return states.isEmpty ? "0" : "\(states.count) (\(parts))"
    }
}

extension OverlayStatus.Connection {
    fileprivate var line: String {
        (isOutbound ? "-> " : "<- ") + remote.padded(to: 28) + state.padded(to: 12) + info
    }
}

extension OverlayStatus.Peer {
    fileprivate var line: String {
        var line = "\(id)(\(name))"
        line += isSelf ? " (this host)" : ""
        line += "\n   " + (endpoint.map { "\($0)" } ?? "no address").padded(to: 28)
        if !isSelf {
            line += path.padded(to: 12) + (isEncrypted ? "encrypted   " : "unencrypted ") + transport
            if let mtu { line += " mtu=\(mtu)" }
            if let roundTrip { line += " rtt=\(roundTrip)us" }
            if !reason.isEmpty { line += " (\(reason))" }
        }
        line += "\n   pods " + (prefixes.isEmpty ? "none yet" : prefixes.map(\.description).joined(separator: ", "))
        return line
    }
}

extension OverlayStatus.IPAM {
    fileprivate var lines: String {
        owners.map { owner in
            let percent = owner.total > 0 ? owner.blocks * 1_000 / owner.total : 0
            return owner.name.padded(to: 40)
                + "\(owner.blocks) of \(owner.total) blocks (\(percent / 10).\(percent % 10)%)".padded(to: 32)
                + (owner.isReachable ? "" : "unreachable!")
        }.lines
    }
}

extension OverlayStatus.Attachment {
    fileprivate var line: String {
        container.padded(to: 40) + interface.padded(to: 12) + hostInterface.padded(to: 16)
            + addresses.map(\.description).joined(separator: ", ") + (network.map { "  (\($0))" } ?? "")
    }
}

extension String {
    /// With spaces at the end, and one at least.
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}

extension [String] {
    fileprivate var lines: String { map { $0 + "\n" }.joined() }
}
