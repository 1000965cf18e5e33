import Addressing
import FolderTesting
import KubernetesAPI
import OverlayCore
import Testing

@testable import Overlay

@Suite struct NodeMembersTests {
    private static func record(_ number: UInt64, started: Int64 = 100) -> PeerRecord {
        PeerRecord(id: PeerID(high: 1, low: number), name: "node-\(number)", started: started)
    }

    private static func node(_ name: String, _ record: PeerRecord?, podCIDRs: [String] = []) -> Node {
        var metadata = ObjectMeta(name: name)
        if let record { metadata.annotations[NodePeer.annotation] = NodePeer.encode(record) }
        return Node(metadata: metadata, podCIDRs: podCIDRs)
    }

    @Test func `members are the other Nodes, once all were seen`() {
        var members = NodeMembers(ownNode: "node-1")
        #expect(!members.isComplete && members.ownPrefixes == nil)
        let errors = members.replace(
            [
                Self.node("node-1", Self.record(1), podCIDRs: ["10.244.1.0/24"]),
                Self.node("node-2", Self.record(2), podCIDRs: ["10.244.2.0/24"]), Self.node("node-3", nil),
            ],
            unreadable: 0
        )
        #expect(errors.isEmpty && members.isComplete)
        #expect(members.ownPrefixes == ["10.244.1.0/24"].compactMap { IPPrefix($0) })
        #expect(members.ownAnnotation == NodePeer.encode(Self.record(1)))
        let others = members.others(than: Self.record(1).id)
        #expect(Array(others.keys) == [Self.record(2).id])
        #expect(others.values.first?.prefixes == ["10.244.2.0/24"].compactMap { IPPrefix($0) })
    }

    @Test func `a Node that cannot be read keeps its last good state, and one that is gone is gone`() {
        var members = NodeMembers(ownNode: "node-1")
        _ = members.replace([Self.node("node-2", Self.record(2)), Self.node("node-3", Self.record(3))], unreadable: 0)
        #expect(members.change(Self.node("node-2", Self.record(2), podCIDRs: ["x"]))?.node == "node-2")
        #expect(members.records.count == 2)
        // Of a list with something unreadable in it nobody knows who is missing.
        _ = members.replace([], unreadable: 1)
        #expect(members.records.count == 2)
        members.remove("node-2")
        #expect(members.records.keys.sorted() == ["node-3"])
        _ = members.replace([Self.node("node-4", Self.record(4))], unreadable: 0)
        #expect(members.records.keys.sorted() == ["node-4"])
        // One whose annotation is taken away is no member any more.
        #expect(members.change(Self.node("node-4", nil)) == nil)
        #expect(members.others(than: Self.record(1).id).isEmpty)
    }

    @Test func `an annotation is written once, though the watch is late, and again where the Node is new`() {
        let own = Self.record(1)
        let wanted = NodePeer.encode(own)
        let node = Self.node("node-1", nil, podCIDRs: ["10.244.1.0/24"])
        var members = NodeMembers(ownNode: "node-1")
        #expect(members.annotation(missingOf: own) == nil)
        _ = members.replace([node], unreadable: 0)
        #expect(members.annotation(missingOf: own) == wanted)
        members.accepted(wanted, over: nil)
        #expect(members.annotation(missingOf: own) == nil)
        // Somebody else's word was later than the request.
        _ = members.change(Self.node("node-1", Self.record(2), podCIDRs: ["10.244.1.0/24"]))
        members.accepted(wanted, over: nil)
        #expect(members.annotation(missingOf: own) == wanted)
        members.remove("node-1")
        members.accepted(wanted, over: nil)
        #expect(members.annotation(missingOf: own) == nil)
        _ = members.change(node)
        #expect(members.annotation(missingOf: own) == wanted)
    }

    @Test func `the own Node's prefixes go with the Node`() {
        var members = NodeMembers(ownNode: "node-1")
        _ = members.change(Self.node("node-1", nil, podCIDRs: ["10.244.1.0/24"]))
        #expect(members.ownPrefixes?.count == 1 && members.ownAnnotation == nil)
        #expect(members.change(Self.node("node-1", nil, podCIDRs: ["10.244.1.0/33"]))?.field == "spec.podCIDRs")
        #expect(members.ownPrefixes?.count == 1)
        members.remove("node-1")
        #expect(members.ownPrefixes == nil)
    }

    @Test func `of two Nodes with one identity the older one has it`() {
        var members = NodeMembers(ownNode: "node-1")
        let (older, younger) = (Self.record(2, started: 100), Self.record(2, started: 200))
        _ = members.replace([Self.node("node-3", younger), Self.node("node-2", older)], unreadable: 0)
        #expect(members.others(than: Self.record(1).id)[older.id]?.started == 100)
        // We are the younger, and are not.
        #expect(members.isClone(Self.record(2, started: 150)))
        #expect(!members.isClone(Self.record(2, started: 50)))
        // Of the same second the name tells.
        #expect(!members.isClone(Self.record(2, started: 100)))
        #expect(!members.isClone(Self.record(7)))
    }

    @Test func `the cache holds members and own prefixes, and is not the complete list`() throws {
        let folder = TestFolder()
        let cache = NodeCache(path: folder.path("nodes"))
        #expect(cache.read(ownNode: "node-1") == nil)
        var members = NodeMembers(ownNode: "node-1")
        _ = members.replace(
            [
                Self.node("node-1", Self.record(1), podCIDRs: ["10.244.1.0/24", "fd44::/64"]),
                Self.node("node-2", Self.record(2), podCIDRs: ["10.244.2.0/24"]), Self.node("node-3", Self.record(3)),
            ],
            unreadable: 0
        )
        try cache.write(members)
        let (records, prefixes) = try #require(cache.read(ownNode: "node-1"))
        #expect(records == members.records)
        #expect(prefixes == members.ownPrefixes)
        var restored = NodeMembers(ownNode: "node-1")
        restored.restore(records, ownPrefixes: prefixes)
        #expect(restored.others(than: Self.record(1).id) == members.others(than: Self.record(1).id))
        #expect(!restored.isComplete)
    }

    @Test func `lines of the cache that cannot be read are left out`() throws {
        let folder = TestFolder()
        let good = NodePeer.encode(Self.record(2))
        folder.write(
            "node-1\t10.244.1.0/24,x\t\nnode-2\t10.244.2.0/24\t\(good)\nnode-3\t\t{\nnonsense\n\n",
            to: "nodes"
        )
        let (records, prefixes) = try #require(NodeCache(path: folder.path("nodes")).read(ownNode: "node-1"))
        #expect(records.keys.sorted() == ["node-2"])
        #expect(prefixes == ["10.244.1.0/24"].compactMap { IPPrefix($0) })
    }
}
