import Addressing
import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

@Suite struct AllocationRepairTests {
    private static let now = Timestamp(seconds: 1_795_000_000)

    private func service(_ name: String, _ addresses: [String], port: Int? = nil, age: Int = 0) -> JSONValue {
        [
            "metadata": [
                "name": .string(name), "namespace": "d",
                "creationTimestamp": .string("\(Timestamp(seconds: Int64(age)))"),
            ],
            "spec": [
                "type": port == nil ? "ClusterIP" : "NodePort", "clusterIPs": .strings(addresses),
                "ports": [["port": 80, "nodePort": .integer(port ?? 0)]],
            ],
        ]
    }

    private func record(_ address: String, of name: String) throws -> AllocationRecord {
        .address(try #require(IPAddress(address)), namespace: "d", name: name, uid: "u", now: Self.now)
    }

    private func repair(
        _ services: [JSONValue],
        _ records: [AllocationRecord]
    ) -> (repair: AllocationRepair, state: AllocationState) {
        var state = AllocationState(ranges: ["10.0.0.0/24"].compactMap { IPPrefix($0) })
        let repair = AllocationRepair(
            services: services,
            records: records,
            state: &state,
            now: Self.now,
            makeUID: { "new" }
        )
        return (repair, state)
    }

    @Test func `a record that is missing is made`() throws {
        let (repair, state) = repair([service("a", ["10.0.0.5"], port: 30_100)], [])
        #expect(
            repair.missing.map(\.key) == [
                "/registry/ipaddresses/10.0.0.5", "/registry/ranges/servicenodeports/30100",
            ]
        )
        #expect(repair.missing.first?.value["metadata"]?["uid"]?.string == "new")
        #expect(state.addresses.map(\.description) == ["10.0.0.5"])
        #expect(state.contains(port: 30_100))
    }

    @Test func `a record without a Service is deleted, but not one made by hand`() throws {
        var own = try record("10.0.0.7", of: "gone")
        own.value[path: "metadata", "labels"] = nil
        let (repair, state) = repair(
            [],
            [try record("10.0.0.6", of: "gone"), .port(30_001, namespace: "d", name: "gone"), own]
        )
        #expect(
            repair.orphaned == [
                "/registry/ipaddresses/10.0.0.6", "/registry/ranges/servicenodeports/30001",
            ]
        )
        #expect(state.addresses.map(\.description) == ["10.0.0.7"])
    }

    @Test func `a record of another Service is corrected`() throws {
        let (repair, _) = repair([service("a", ["10.0.0.5"])], [try record("10.0.0.5", of: "b")])
        #expect(repair.wrong.first?.belongs(toNamespace: "d", name: "a") == true)
        #expect(repair.missing.isEmpty)
    }

    @Test func `of two Services with one address the older one has it`() throws {
        let (repair, _) = repair(
            [service("young", ["10.0.0.5"], age: 2), service("old", ["10.0.0.5"], age: 1)],
            []
        )
        #expect(repair.missing.first?.belongs(toNamespace: "d", name: "old") == true)
        #expect(repair.problems.count == 1)
        #expect(repair.problems.first?.contains("d/young has ClusterIP 10.0.0.5, which Service d/old has") == true)
    }

    @Test func `an address outside of all ranges is told`() {
        #expect(repair([service("a", ["10.9.9.9"])], []).repair.problems.count == 1)
    }

    @Test func `an IPAddress object is as upstream's`() throws {
        let value = try record("10.96.0.1", of: "kubernetes").value
        #expect(
            value["metadata"]?["labels"] == [
                "ipaddress.kubernetes.io/ip-family": "IPv4",
                "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
            ]
        )
        #expect(
            value["spec"] == ["parentRef": ["resource": "services", "namespace": "d", "name": "kubernetes"]]
        )
    }
}
