import SeededTesting
import Controllers
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@Suite("Ranges of pod addresses for nodes")
struct NodeCIDRControllerTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func range(_ text: String, _ length: Int) throws -> ClusterCIDR {
        try #require(ClusterCIDR(text, nodeLength: length))
    }

    private func prefixes(_ test: StateUnderTest, _ node: String) -> [String] {
        (test.state.nodes[nil, node]?.value[path: "spec", "podCIDRs"]?.array ?? []).compactMap(\.string)
    }

    @Test("Each node gets a part of each range, and the first one as its podCIDR")
    func dualStack() throws {
        var test = StateUnderTest()
        let controller = NodeCIDRController(ranges: [try range("10.244.0.0/16", 24), try range("fd00:1::/48", 64)])
        for name in ["a", "b"] { try test.put(NodeKind.resource, ["metadata": ["name": .string(name)]]) }
        try test.settle(controller, now: now)
        #expect(prefixes(test, "a") == ["10.244.0.0/24", "fd00:1::/64"])
        #expect(prefixes(test, "b") == ["10.244.1.0/24", "fd00:1:0:1::/64"])
        #expect(test.state.nodes[nil, "b"]?.value[path: "spec", "podCIDR"] == "10.244.1.0/24")
    }

    @Test("What a node has is kept, and what one that went had is given away again")
    func occupied() throws {
        var test = StateUnderTest()
        let controller = NodeCIDRController(ranges: [try range("10.0.0.0/23", 24)])
        try test.put(NodeKind.resource, ["metadata": ["name": "old"], "spec": ["podCIDR": "10.0.0.0/24"]])
        for name in ["a", "b"] { try test.put(NodeKind.resource, ["metadata": ["name": .string(name)]]) }
        let wanted = try test.settle(controller, now: now)
        #expect(prefixes(test, "a") == ["10.0.1.0/24"])
        #expect(prefixes(test, "b") == [])
        #expect(wanted.events.contains { $0.reason == "CIDRNotAvailable" && $0.object.name == "b" })
        try test.remove(NodeKind.resource, ObjectName(namespace: nil, name: "old"))
        try test.settle(controller, now: now)
        #expect(prefixes(test, "b") == ["10.0.0.0/24"])
    }

    @Test("A prefix outside the range, and one that overlaps another, are told; what they cover is not given away")
    func problems() throws {
        var test = StateUnderTest()
        let controller = NodeCIDRController(ranges: [try range("10.0.0.0/16", 24)])
        try test.put(NodeKind.resource, ["metadata": ["name": "wide"], "spec": ["podCIDR": "10.0.0.0/23"]])
        try test.put(NodeKind.resource, ["metadata": ["name": "narrow"], "spec": ["podCIDR": "10.0.1.64/26"]])
        try test.put(NodeKind.resource, ["metadata": ["name": "outside"], "spec": ["podCIDR": "192.0.2.0/24"]])
        try test.put(NodeKind.resource, ["metadata": ["name": "new"]])
        let wanted = try test.settle(controller, now: now)
        #expect(Set(wanted.events.map(\.object.name)) == ["narrow", "outside"])
        #expect(wanted.events.allSatisfy { $0.isWarning && $0.reason == "InvalidPodCIDR" })
        #expect(prefixes(test, "new") == ["10.0.2.0/24"])
    }

    @Test("No prefix is given twice, whatever requests fail or are answered late, in random histories")
    func neverTwice() throws {
        var random = SeededGenerator()
        let controller = NodeCIDRController(ranges: [try range("10.0.0.0/20", 24)])
        for _ in 0..<150 {
            var cluster = RacyNodes()
            for _ in 0..<60 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<4: cluster.create("n\(Int.random(in: 0..<30, using: &random))")
                case 4..<6: cluster.delete("n\(Int.random(in: 0..<30, using: &random))")
                case 6..<8: try cluster.deliver(Int.random(in: 0..<4, using: &random))
                default: try cluster.work(controller, now: now, &random)
                }
                let given = cluster.given
                #expect(Set(given).count == given.count, "seed \(random.seed): \(given)")
            }
        }
    }
}

/// Nodes on a server, and a state that learns of them late.
private struct RacyNodes {
    private var server: [String: JSONValue] = [:]
    private var version: UInt64 = 0
    private var news: [(name: String, version: UInt64, object: JSONValue?)] = []
    private var state = ClusterState()

    var given: [String] { server.values.compactMap { $0[path: "spec", "podCIDR"]?.string } }

    mutating func create(_ name: String) {
        guard server[name] == nil else { return }
        store(name, ["metadata": ["name": .string(name), "uid": .string("u\(version)")]])
    }

    mutating func delete(_ name: String) {
        guard server.removeValue(forKey: name) != nil else { return }
        version += 1
        news.append((name, version, nil))
    }

    @discardableResult
    private mutating func store(_ name: String, _ object: JSONValue) -> JSONValue {
        version += 1
        var object = object
        object[path: "metadata", "resourceVersion"] = .string("\(version)")
        server[name] = object
        news.append((name, version, object))
        return object
    }

    mutating func deliver(_ count: Int) throws {
        for _ in 0..<min(count, news.count) {
            let (name, _, object) = news.removeFirst()
            if let object {
                _ = state.nodes.put(try .init(json: object.json))
            } else {
                _ = state.nodes.remove(ObjectName(namespace: nil, name: name))
            }
        }
    }

    /// Makes the requests one after the other, while others write and the watch goes on; ends at a failure.
    mutating func work(_ controller: NodeCIDRController, now: Timestamp, _ random: inout SeededGenerator) throws {
        let key = ObjectName(namespace: nil, name: "")
        for write in controller.reconcile(key, in: state, now: now).writes {
            if Int.random(in: 0..<4, using: &random) == 0 { create("n\(Int.random(in: 0..<30, using: &random))") }
            if Int.random(in: 0..<6, using: &random) == 0 { delete("n\(Int.random(in: 0..<30, using: &random))") }
            try deliver(Int.random(in: 0..<2, using: &random))
            guard case .replace(let object) = write.action, let present = server[write.name],
                present[path: "metadata", "resourceVersion"] == object[path: "metadata", "resourceVersion"]
            else { return }
            let answer = store(write.name, object)
            // The answer may be lost on its way.
            if Int.random(in: 0..<4, using: &random) == 0 { return }
            _ = state.nodes.put(try .init(json: answer.json))
        }
    }
}
