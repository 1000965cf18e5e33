import Addressing
import Attachment
import Netlink
import OverlayCore

extension OverlayDaemon {
    /// Most of one kind that are told one by one.
    private static let noticeLimit = 8

    /// What works otherwise than it could, for `status`.
    var notices: [String] {
        var notices: [String] = []
        if tunnel == nil, configuration.encryption == .prefer {
            notices.append(
                "encryption is preferred, but there is no encrypted path: packets go in plain text, by VXLAN"
            )
        }
        for (transport, error) in unprobed.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            notices.append(
                "\(transport) cannot be probed and is taken to work: give the daemon CAP_NET_RAW (\(error))"
            )
        }
        return notices + Self.limited(familyNotices, "more peers") + Self.limited(strayNotices, "more containers")
    }

    /// Peers whose tunnels begin at an address of the other family.
    private var familyNotices: [String] {
        guard let own = underlay?.address.family else { return [] }
        return view.members.values.sorted { ($0.name, $0.id) < ($1.name, $1.id) }.compactMap { record in
            guard let theirs = record.tunnelEndpoint?.family, theirs != own else { return nil }
            return """
                peer \(record.name): its tunnels begin at an \(theirs) address, ours at an \(own) one: give an address of \
                one family on all hosts with --endpoint
                """
        }
    }

    /// Containers whose addresses are not this host's to give any more, as after its identity was lost.
    private var strayNotices: [String] {
        guard !view.ownPrefixes.isEmpty else { return [] }
        return attachments.filter { $0.network == AttachableNetwork.pods }.compactMap { attachment in
            let strays = attachment.addresses.filter { address in
                // Of a family without prefixes nothing is known yet.
                let own = view.ownPrefixes.filter { $0.family == address.family }
                return !own.isEmpty && !own.contains { $0.contains(address) }
            }
            guard !strays.isEmpty else { return nil }
            let name = attachment.label.isEmpty ? attachment.key.container : attachment.label
            return """
                container \(name) has \(strays.map(\.description).joined(separator: ", ")), in none of this host's \
                prefixes: other hosts do not reach it; make it anew
                """
        }.sorted()
    }

    private static func limited(_ notices: [String], _ rest: String) -> [String] {
        guard notices.count > noticeLimit else { return notices }
        return notices.prefix(noticeLimit) + ["\(notices.count - noticeLimit) \(rest) like these"]
    }
}
