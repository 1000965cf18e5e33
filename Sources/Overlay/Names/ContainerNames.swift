import Addressing
import Attachment
import OverlayCore

/// The names of one peer's containers, as all peers know them.
struct ContainerNames: Sendable, Equatable {
    /// By name; several containers may have one.
    var addresses: [String: Set<IPAddress>] = [:]

    /// The most bytes of a value: what fits one entry.
    private static let byteLimit = ReplicatedEntry.maximumValueByteCount

    /// The entry's key.
    static func key(_ peer: PeerID) -> ReplicatedEntry.Key {
        ReplicatedEntry.Key(kind: .names, name: peer.bytes)
    }

    /// Nobody has a name.
    init() {}

    /// The names of these attachments, of the pod network alone: other networks' addresses lead elsewhere.
    init(_ attachments: [PodAttachment]) {
        for attachment in attachments where attachment.network == AttachableNetwork.pods && !attachment.name.isEmpty {
            addresses[attachment.name, default: []].formUnion(attachment.addresses)
        }
    }

    /// The entry's value: a format number (1), then for each address the length of the name, the name, the family (4 or
    /// 6) and the address in network order; names in order. What does not fit is left out.
    var value: [UInt8] {
        var bytes: [UInt8] = [1]
        for (name, addresses) in addresses.sorted(by: { $0.key < $1.key }) {
            for address in addresses.sorted() {
                var item = [UInt8(clamping: name.utf8.count)] + Array(name.utf8)
                item.append(address.family == .ipv4 ? 4 : 6)
                address.appendNetworkBytes(to: &item)
                guard bytes.count + item.count <= Self.byteLimit else { return bytes }
                bytes += item
            }
        }
        return bytes
    }

    /// The names in an entry's value; nil where it is none.
    init?(value: [UInt8]) {
        guard value.first == 1, value.count <= Self.byteLimit else { return nil }
        var rest = value[1...]
        while let length = rest.popFirst() {
            let bytes = rest.prefix(Int(length))
            guard bytes.count == Int(length), let name = String(validating: bytes, as: UTF8.self),
                AttachmentName.problem(of: name) == nil
            else { return nil }
            rest = rest.dropFirst(Int(length))
            guard let family = rest.popFirst(), family == 4 || family == 6 else { return nil }
            let count = family == 4 ? 4 : 16
            guard rest.count >= count, let address = IPAddress(networkBytes: rest.prefix(count)) else { return nil }
            rest = rest.dropFirst(count)
            addresses[name, default: []].insert(address)
        }
    }
}
