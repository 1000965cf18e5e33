import SeededTesting
import Addressing
import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

/// Services on their whole way from a client to the store.
@Suite("Writes of Services")
struct ServiceWriteTests {
    private let strategy = KindDefinition.service.strategy

    /// What would be stored, or what is wrong.
    private enum Outcome {
        case stored(JSONValue)
        case refused([String])

        var object: JSONValue? {
            guard case .stored(let object) = self else { return nil }
            return object
        }
    }

    private func write(
        _ service: JSONValue,
        old: JSONValue?,
        _ state: inout AllocationState,
        _ random: inout SeededGenerator
    ) -> Outcome {
        var service = service
        strategy.setDefaults(&service, old: old)
        if let old {
            strategy.prepareForUpdate(&service, old: old, subresource: nil)
        } else {
            strategy.prepareForCreate(&service)
        }
        do {
            let allocation = try ServiceAllocation(service, old: old, state: state, using: &random)
            let made = allocation.service
            let errors =
                (old.map { strategy.validateUpdate(made, old: $0, subresource: nil) } ?? strategy.validateCreate(made))
                + strategy.validate(made)
            guard errors.isEmpty else { return .refused(errors.map { "\($0.field): \($0.message)" }) }
            state.apply(allocation.changes)
            return .stored(made)
        } catch {
            return .refused(["\(error)"])
        }
    }

    @Test("what was sent to an API server is stored as it was there")
    func captured() throws {
        var random = SeededGenerator(seed: 1)
        var state = AllocationState(ranges: ["10.96.0.0/16"].compactMap { IPPrefix($0) })
        for sent in try KindSamples.sent() where sent["kind"] == "Service" {
            let name = sent["metadata"]?["name"]?.string ?? ""
            let captured = try #require(try KindSamples.stored(.service, name))
            guard case .stored(let stored) = write(sent, old: nil, &state, &random) else {
                Issue.record("\(name) was refused")
                continue
            }
            // Which address and ports are given out is chance.
            func comparable(_ service: JSONValue) -> JSONValue {
                var service = service
                service.mutateMember("spec") { spec in
                    for name in ["clusterIP", "clusterIPs"] where spec["clusterIP"] != "None" {
                        spec[name] = .string("\(spec[name] != nil)")
                    }
                    spec.mutateElements(of: "ports") { $0["nodePort"] = .bool($0["nodePort"] != nil) }
                    spec["healthCheckNodePort"] = .bool(spec["healthCheckNodePort"] != nil)
                }
                return service
            }
            #expect(comparable(stored)["spec"] == comparable(captured)["spec"], "\(name)")
        }
    }

    @Test("an older client that knows one address keeps all, and ports of one name keep their node ports")
    func olderClients() throws {
        var random = SeededGenerator(seed: 1)
        var state = AllocationState(ranges: ["10.96.0.0/16", "fd00::/108"].compactMap { IPPrefix($0) })
        let sent: JSONValue = [
            "metadata": ["name": "a"],
            "spec": [
                "type": "NodePort", "ipFamilyPolicy": "PreferDualStack",
                "ports": [["name": "a", "port": 1], ["name": "b", "port": 2]],
            ],
        ]
        let old = try #require(write(sent, old: nil, &state, &random).object)
        var again = sent.with("spec", "clusterIP", value: old["spec"]?["clusterIP"])
        again["spec"]?["ports"] = [["name": "b", "port": 3], ["name": "a", "port": 1]]
        let new = try #require(write(again, old: old, &state, &random).object)
        #expect(new["spec"]?["clusterIPs"] == old["spec"]?["clusterIPs"])
        #expect(new["spec"]?["ports"]?[0]?["nodePort"] == old["spec"]?["ports"]?[1]?["nodePort"])
        #expect(new["spec"]?["ports"]?[1]?["nodePort"] == old["spec"]?["ports"]?[0]?["nodePort"])
        let headless: JSONValue = ["metadata": ["name": "h"], "spec": ["clusterIP": "None", "ports": [["port": 1]]]]
        let first = try #require(write(headless, old: nil, &state, &random).object)
        let second = try #require(write(headless, old: first, &state, &random).object)
        #expect(first == second)
    }

    private func randomSpec(_ random: inout SeededGenerator) -> JSONValue {
        let type = random.pick(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]) ?? ""
        var spec: JSONValue = ["type": .string(type)]
        if type == "ExternalName" {
            spec["externalName"] = "a.example"
        } else {
            let ports = (1...Int.random(in: 1...3, using: &random)).map { number -> JSONValue in
                ["name": .string("p\(number)"), "port": .integer(number), "protocol": random.chance(2) ? "UDP" : "TCP"]
            }
            spec["ports"] = .array(ports)
            if type == "ClusterIP", random.chance(3) { spec["clusterIP"] = "None" }
            if type != "ClusterIP", random.chance(2) { spec["externalTrafficPolicy"] = "Local" }
            if random.chance(3) { spec["sessionAffinity"] = "ClientIP" }
            if let policy = random.pick([nil, "SingleStack", "PreferDualStack", "RequireDualStack"]), let policy {
                spec["ipFamilyPolicy"] = .string(policy)
            }
        }
        return spec
    }

    @Test("Services of any type become Services of any other, and nothing is given out twice or lost")
    func changes() throws {
        var random = SeededGenerator()
        print("\(random)")
        var state = AllocationState(ranges: ["10.96.0.0/24", "fd00::/120"].compactMap { IPPrefix($0) })
        var services: [String: JSONValue] = [:]
        var refusals: [String] = []
        for _ in 0..<400 {
            let name = "s\(Int.random(in: 0..<8, using: &random))"
            let old = services[name]
            if let old, random.chance(8) {
                state.apply(ServiceAllocation.release(of: old))
                services[name] = nil
                continue
            }
            var sent: JSONValue = [
                "metadata": ["name": .string(name), "namespace": "default"], "spec": randomSpec(&random),
            ]
            // Some clients change what they have read.
            if let old, random.chance(2) {
                let spec = sent["spec"]?.object ?? JSONObject()
                sent = old
                sent.mutateMember("spec") { stored in
                    for member in spec { stored[member.name] = member.value }
                }
            }
            switch write(sent, old: old, &state, &random) {
            case .stored(let stored):
                services[name] = stored
                #expect(strategy.validate(stored) == [], "\(random)")
                var again = state
                guard case .stored(let same) = write(stored, old: stored, &again, &random) else {
                    Issue.record("a Service is refused as it was stored; \(random)")
                    continue
                }
                #expect(same == stored, "\(random)")
            case .refused(let words): refusals += words
            }
        }
        let addresses = services.values.flatMap { ObjectView($0).spec.clusterIPs.texts }.filter { $0 != "None" }
        #expect(addresses.count == Set(addresses).count, "\(random)")
        #expect(state.addresses == Set(addresses.compactMap { IPAddress($0) }), "\(random)")
        #expect(!refusals.contains { $0.contains("Required value") && !$0.hasPrefix("spec.clusterIPs") }, "\(random)")
    }
}
