import Addressing
import KubernetesAPI
import Observability
import OverlayCore

/// The Nodes' members on disk, so that the overlay starts without the API server.
///
/// A line per Node: its name, its prefixes separated by commas, and its annotation; tabs between them.
struct NodeCache: Sendable {
    /// The file.
    let path: String

    /// What was written last.
    ///
    /// - Returns: Members by Node name, without those whose line cannot be read, and the own Node's prefixes.
    func read(ownNode: String) -> (records: [String: PeerRecord], ownPrefixes: [IPPrefix])? {
        guard let text = try? SmallFile.read(path) else { return nil }
        var records: [String: PeerRecord] = [:]
        var ownPrefixes: [IPPrefix] = []
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { continue }
            let prefixes = parts[1].split(separator: ",").compactMap { IPPrefix(String($0)) }
            if parts[0] == ownNode {
                ownPrefixes = prefixes
                continue
            }
            var metadata = ObjectMeta(name: parts[0])
            metadata.annotations = [NodePeer.annotation: parts[2]]
            let node = Node(metadata: metadata, podCIDRs: prefixes.map(\.description))
            if let record = try? NodePeer.decode(node) { records[parts[0]] = record }
        }
        return (records, ownPrefixes)
    }

    /// Writes what is known; by way of another file, so that the last state is there after a crash.
    func write(_ members: NodeMembers) throws(SmallFile.AccessError) {
        var text = "\(members.ownNode)\t\((members.ownPrefixes ?? []).list)\t\n"
        for (name, record) in members.records.sorted(by: { $0.key < $1.key }) {
            text += "\(name)\t\(record.prefixes.list)\t\(NodePeer.encode(record))\n"
        }
        try SmallFile.replace(path, with: text)
    }
}

extension [IPPrefix] {
    fileprivate var list: String { map(\.description).joined(separator: ",") }
}
