import SeededTesting
import Addressing
import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

/// Random histories of Services: nothing is given out twice, and nothing stays given out.
@Suite struct AllocationHistoryTests {
    private static let now = Timestamp(seconds: 1_795_000_000)

    private static let specs: [JSONValue] = [
        ["type": "ClusterIP", "ports": [["port": 80]]],
        ["type": "ClusterIP", "ipFamilyPolicy": "PreferDualStack"],
        ["type": "NodePort", "ports": [["port": 80], ["port": 53, "protocol": "UDP"], ["port": 53]]],
        ["type": "NodePort", "ports": [["port": 80, "nodePort": 30_003]]],
        ["type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": [["port": 80]]],
        ["type": "LoadBalancer", "allocateLoadBalancerNodePorts": false, "ports": [["port": 80]]],
        ["type": "ExternalName", "externalName": "a.b"],
        ["type": "ClusterIP", "clusterIP": "None", "clusterIPs": ["None"]],
        ["type": "ClusterIP", "clusterIP": "10.0.0.9", "clusterIPs": ["10.0.0.9"]],
        ["type": "ClusterIP", "clusterIP": "x", "clusterIPs": ["x", 1], "ipFamilies": [1, "IPv5"], "ports": 7],
        ["type": 1, "clusterIPs": [:], "ports": [1, [:], ["port": "x", "nodePort": 1e3.asJSON]]],
    ]

    @Test func `what is given out is what the Services have`() throws {
        var random = SeededGenerator()
        var state = AllocationState(
            ranges: ["10.0.0.0/27", "fd00::/123"].compactMap { IPPrefix($0) },
            portRange: 30_000...30_019
        )
        var services: [String: JSONValue] = [:]
        var records: [String: AllocationRecord] = [:]
        for step in 0..<3_000 {
            let name = "s\(Int.random(in: 0..<30, using: &random))"
            let old = services[name]
            let changes: AllocationChanges
            if let old, random.chance(3) {
                changes = ServiceAllocation.release(of: old)
                services[name] = nil
            } else {
                var spec = random.pick(Self.specs) ?? [:]
                // Updates keep what cannot change.
                if let old, let present = old["spec"] {
                    if AllocatedShape(old).isHeadless { continue }
                    if spec["type"]?.string != "ExternalName", present["type"]?.string != "ExternalName" {
                        spec["clusterIP"] = present["clusterIP"]
                        spec["clusterIPs"] = present["clusterIPs"]
                        spec["ipFamilies"] = present["ipFamilies"]
                        spec["ipFamilyPolicy"] = random.chance(2) ? present["ipFamilyPolicy"] : "RequireDualStack"
                        if AllocatedShape(["spec": spec]).needsHealthCheck, AllocatedShape(old).needsHealthCheck {
                            spec["healthCheckNodePort"] = present["healthCheckNodePort"]
                        }
                    }
                }
                let service: JSONValue = ["metadata": ["name": .string(name), "namespace": "d"], "spec": spec]
                guard
                    let allocation = try? ServiceAllocation(service, old: old, state: state, using: &random),
                    AllocatedShape(allocation.service).isWellFormed
                else { continue }
                services[name] = allocation.service
                changes = allocation.changes
            }
            for key in changes.releasedKeys {
                #expect(records[key]?.belongs(toNamespace: "d", name: name) == true, "\(random) step \(step): \(key)")
                records[key] = nil
            }
            for record in changes.records(namespace: "d", name: name, now: Self.now, makeUID: { "u" }) {
                #expect(records[record.key] == nil, "\(random) step \(step): \(record.key) twice")
                records[record.key] = record
            }
            state.apply(changes)
        }
        var fresh = AllocationState(ranges: state.ranges.map(\.prefix), portRange: state.portRange)
        let repair = AllocationRepair(
            services: Array(services.values),
            records: Array(records.values),
            state: &fresh,
            now: Self.now,
            makeUID: { "u" }
        )
        #expect(repair == AllocationRepair(), "\(random)")
        #expect(fresh.addresses == state.addresses, "\(random)")
        #expect(fresh.freePortCount == state.freePortCount, "\(random)")
    }
}

extension Double {
    fileprivate var asJSON: JSONValue { .number("\(self)") }
}
