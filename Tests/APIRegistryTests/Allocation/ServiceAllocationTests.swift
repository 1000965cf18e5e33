import SeededTesting
import Addressing
import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

@Suite struct ServiceAllocationTests {
    private static let single = AllocationState(ranges: ["10.96.0.0/16"].compactMap { IPPrefix($0) })
    private static let dual = AllocationState(ranges: ["10.96.0.0/16", "fd00::/108"].compactMap { IPPrefix($0) })

    private func allocate(
        _ spec: JSONValue,
        old: JSONValue? = nil,
        _ state: AllocationState = single,
        name: String = "web"
    ) throws -> (spec: JSONValue, changes: AllocationChanges) {
        var random = SeededGenerator(seed: 7)
        let allocation = try ServiceAllocation(
            ["metadata": ["name": .string(name), "namespace": "default"], "spec": spec],
            old: old.map { ["metadata": ["name": .string(name)], "spec": $0] },
            state: state,
            using: &random
        )
        return (allocation.service["spec"] ?? [:], allocation.changes)
    }

    private func texts(_ value: JSONValue?) -> [String] { (value?.array ?? []).compactMap(\.string) }

    private func families(_ addresses: [IPAddress]) -> [IPFamily] { addresses.map(\.family) }

    // MARK: Addresses

    @Test func `a new Service gets an address of the default family`() throws {
        let (spec, changes) = try allocate(["type": "ClusterIP", "ports": [["port": 80]]])
        #expect(changes.reservedAddresses.count == 1)
        #expect(spec["clusterIP"]?.string == changes.reservedAddresses.first?.description)
        #expect(texts(spec["clusterIPs"]) == changes.reservedAddresses.map(\.description))
        #expect(texts(spec["ipFamilies"]) == ["IPv4"])
        #expect(spec["ipFamilyPolicy"]?.string == "SingleStack")
        #expect(changes.reservedPorts.isEmpty)
    }

    @Test(arguments: ["PreferDualStack", "RequireDualStack"])
    func `a Service may have two addresses`(policy: String) throws {
        let (spec, changes) = try allocate(["ipFamilyPolicy": .string(policy), "ipFamilies": ["IPv6"]], Self.dual)
        #expect(families(changes.reservedAddresses) == [.ipv6, .ipv4])
        #expect(texts(spec["ipFamilies"]) == ["IPv6", "IPv4"])
        #expect(texts(spec["clusterIPs"]) == changes.reservedAddresses.map(\.description))
    }

    @Test func `where there is one family a Service that prefers two gets one, and one that requires two none`() throws
    {
        #expect(try allocate(["ipFamilyPolicy": "PreferDualStack"]).changes.reservedAddresses.count == 1)
        let error = #expect(throws: Refusal.self) { try allocate(["ipFamilyPolicy": "RequireDualStack"]) }
        #expect(
            error?.message == #"Service "web" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": "#
                + "this cluster is not configured for dual-stack services"
        )
    }

    @Test func `families follow from addresses`() throws {
        let (spec, changes) = try allocate(
            ["clusterIP": "fd00::7", "clusterIPs": ["fd00::7"], "ipFamilyPolicy": "PreferDualStack"],
            Self.dual
        )
        #expect(texts(spec["ipFamilies"]) == ["IPv6", "IPv4"])
        #expect(changes.reservedAddresses.first == IPAddress("fd00::7"))
        #expect(texts(spec["clusterIPs"]).count == 2)
    }

    @Test(
        arguments: [
            (["ipFamilies": ["IPv6"]], "spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster"),
            (
                ["clusterIPs": ["fd00::1"], "clusterIP": "fd00::1"],
                "spec.clusterIPs[0]: Invalid value: [\"fd00::1\"]: IPv6 is not configured on this cluster"
            ),
            (
                ["ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4", "IPv6"]],
                "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when "
                    + "multiple IP families are specified"
            ),
        ] as [(JSONValue, String)]
    )
    func `what the cluster does not have is refused`(spec: JSONValue, words: String) throws {
        let error = #expect(throws: Refusal.self) { try allocate(spec) }
        #expect(error?.message == "Service \"web\" is invalid: \(words)")
        #expect(error?.code == 422)
    }

    @Test func `headless Services and aliases get no address`() throws {
        let headless = try allocate(["clusterIP": "None", "clusterIPs": ["None"], "selector": ["a": "b"]], Self.dual)
        #expect(headless.changes.isEmpty)
        #expect(texts(headless.spec["ipFamilies"]) == ["IPv4"])
        let selectorless = try allocate(["clusterIP": "None", "clusterIPs": ["None"]])
        #expect(texts(selectorless.spec["ipFamilies"]) == ["IPv4", "IPv6"])
        #expect(selectorless.spec["ipFamilyPolicy"]?.string == "RequireDualStack")
        let alias = try allocate(["type": "ExternalName", "externalName": "x.y"])
        #expect(alias.changes.isEmpty)
        #expect(alias.spec["ipFamilies"] == nil)
    }

    @Test func `addresses that are taken or out of range are refused in upstream's words`() throws {
        var state = Self.single
        state.insert(try #require(IPAddress("10.96.100.225")))
        let taken = #expect(throws: Refusal.self) {
            try allocate(["clusterIP": "10.96.100.225", "clusterIPs": ["10.96.100.225"]], state, name: "ip2")
        }
        #expect(try taken.map { try JSONValue(json: $0.status.json) } == Captured("conflict-clusterip").body)
        let outside = #expect(throws: Refusal.self) {
            try allocate(["clusterIP": "10.1.2.3", "clusterIPs": ["10.1.2.3"]], state, name: "ip3")
        }
        #expect(try outside.map { try JSONValue(json: $0.status.json) } == Captured("clusterip-out-of-range").body)
    }

    @Test func `a full range is the server's failure`() throws {
        var state = AllocationState(ranges: ["10.0.0.0/30"].compactMap { IPPrefix($0) })
        for text in ["10.0.0.1", "10.0.0.2"] { state.insert(try #require(IPAddress(text))) }
        let error = #expect(throws: Refusal.self) { try allocate([:], state) }
        #expect(error?.message == "Internal error occurred: failed to allocate a serviceIP: range is full")
    }

    @Test func `an update keeps addresses, and gains or loses the second by its policy`() throws {
        let (old, _) = try allocate(["type": "ClusterIP"], Self.dual)
        #expect(try allocate(old, old: old, Self.dual).changes.isEmpty)
        var wider = old
        wider["ipFamilyPolicy"] = "RequireDualStack"
        let gained = try allocate(wider, old: old, Self.dual)
        #expect(families(gained.changes.reservedAddresses) == [.ipv6])
        #expect(texts(gained.spec["clusterIPs"]).first == old["clusterIP"]?.string)
        var narrower = gained.spec
        narrower["ipFamilyPolicy"] = "SingleStack"
        let lost = try allocate(narrower, old: gained.spec, Self.dual)
        #expect(lost.changes.releasedAddresses == gained.changes.reservedAddresses)
        #expect(lost.spec["clusterIPs"] == old["clusterIPs"])
        #expect(texts(lost.spec["ipFamilies"]) == ["IPv4"])
    }

    @Test func `the second address is not lost by leaving it out`() throws {
        let (old, _) = try allocate(["ipFamilyPolicy": "RequireDualStack"], Self.dual)
        var new = old
        new["clusterIPs"] = .strings(Array(texts(old["clusterIPs"]).prefix(1)))
        let error = #expect(throws: Refusal.self) { try allocate(new, old: old, Self.dual) }
        #expect(error?.message.contains("must be 'SingleStack' to release the secondary cluster IP") == true)
    }

    @Test func `a Service that prefers two families is not changed because the cluster was`() throws {
        let (old, _) = try allocate(["ipFamilyPolicy": "PreferDualStack"])
        #expect(try allocate(old, old: old, Self.dual).changes.isEmpty)
    }

    @Test func `an alias gives up addresses and ports, and gets them when it is none any more`() throws {
        let (old, given) = try allocate(["type": "NodePort", "ports": [["port": 80, "protocol": "TCP"]]], Self.dual)
        let (alias, released) = try allocate(["type": "ExternalName"], old: old, Self.dual)
        #expect(released.releasedAddresses == given.reservedAddresses)
        #expect(released.releasedPorts == given.reservedPorts)
        let (_, again) = try allocate(["type": "ClusterIP"], old: alias, Self.dual)
        #expect(again.reservedAddresses.count == 1)
    }

    // MARK: Ports

    @Test func `each port of a NodePort Service gets a node port, one number for TCP and UDP`() throws {
        let (spec, changes) = try allocate([
            "type": "NodePort",
            "ports": [
                ["port": 53, "protocol": "TCP"], ["port": 53, "protocol": "UDP"], ["port": 80, "protocol": "TCP"],
            ],
        ])
        let ports = (spec["ports"]?.array ?? []).compactMap { $0["nodePort"]?.integer }
        #expect(ports.count == 3)
        #expect(ports[0] == ports[1])
        #expect(Set(changes.reservedPorts) == Set(ports))
        #expect(changes.reservedPorts.count == 2)
    }

    @Test func `a number that one of two ports asks for is the other's, too`() throws {
        let (spec, changes) = try allocate([
            "type": "NodePort",
            "ports": [["port": 53, "protocol": "TCP"], ["port": 53, "protocol": "UDP", "nodePort": 30_053]],
        ])
        #expect((spec["ports"]?.array ?? []).map { $0["nodePort"]?.integer } == [30_053, 30_053])
        #expect(changes.reservedPorts == [30_053])
    }

    @Test func `node ports that are taken or out of range are refused in upstream's words`() throws {
        var state = Self.single
        state.insert(port: 31_480)
        let taken = #expect(throws: Refusal.self) {
            try allocate(["type": "NodePort", "ports": [["port": 80, "nodePort": 31_480]]], state, name: "np2")
        }
        #expect(try taken.map { try JSONValue(json: $0.status.json) } == Captured("conflict-nodeport").body)
        let outside = #expect(throws: Refusal.self) {
            try allocate(["type": "NodePort", "ports": [["port": 80, "nodePort": 80]]], state, name: "np")
        }
        #expect(try outside.map { try JSONValue(json: $0.status.json) } == Captured("invalid-nodeport-range").body)
    }

    @Test func `an update gives new ports a node port and takes back those that are gone`() throws {
        let (old, given) = try allocate(["type": "NodePort", "ports": [["port": 80], ["port": 81]]])
        var ports = old["ports"]?.array ?? []
        ports[1] = ["port": 82]
        var new = old
        new["ports"] = .array(ports)
        let (_, changes) = try allocate(new, old: old)
        #expect(changes.releasedPorts == [given.reservedPorts[1]])
        #expect(changes.reservedPorts.count == 1)
        var state = Self.single
        state.apply(given)
        state.apply(changes)
        #expect(state.freePortCount == 2_768 - 2)
    }

    @Test func `a load balancer without node ports gets none but what it asks for`() throws {
        let (spec, changes) = try allocate([
            "type": "LoadBalancer", "allocateLoadBalancerNodePorts": false,
            "ports": [["port": 80], ["port": 81, "nodePort": 30_081]],
        ])
        #expect(changes.reservedPorts == [30_081])
        #expect(spec["ports"]?[0]?["nodePort"] == nil)
    }

    @Test func `a load balancer with local traffic gets a port for health checks and gives it back`() throws {
        let balancer: JSONValue = [
            "type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": [["port": 80]],
        ]
        let (old, given) = try allocate(balancer)
        let port = try #require(old["healthCheckNodePort"]?.integer)
        #expect(given.reservedPorts.contains(port))
        #expect(given.reservedPorts.count == 2)
        var new = old
        new["externalTrafficPolicy"] = "Cluster"
        #expect(try allocate(new, old: old).changes.releasedPorts == [port])
        #expect(try allocate(old, old: old).changes.isEmpty)
        let released = ServiceAllocation.release(of: ["spec": old])
        #expect(Set(released.releasedPorts) == Set(given.reservedPorts))
        #expect(released.releasedAddresses == given.reservedAddresses)
    }

    @Test func `a port for health checks that is taken is refused`() throws {
        var state = Self.single
        state.insert(port: 30_001)
        let error = #expect(throws: Refusal.self) {
            try allocate(
                [
                    "type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 30_001,
                    "ports": [["port": 80]],
                ],
                state
            )
        }
        #expect(error?.code == 422)
    }
}
