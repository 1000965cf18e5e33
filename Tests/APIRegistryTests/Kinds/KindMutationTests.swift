import SeededTesting
import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

/// Whatever stands in an object: strategies, columns and selectable fields answer, and never trap.
@Suite("Kinds and damaged objects")
struct KindMutationTests {
    private static let odd: [JSONValue] = [
        .null, true, false, 0, -1, 1, "", "x", "None", "10%", [], [:], [[]], [[:]], ["a"], [.null], ["a": "b"],
        ["": .null],
        .number("1e999"), .number("-9223372036854775808"), .number("9223372036854775807"), .number("0.5"),
        .number("99999999999999999999"), "99999999999999999999999999E", "1e2147483647", "-1e-100", "\u{0}", "::/0",
        "2026-11-21T10:00:00Z", "9999-99-99T99:99:99Z",
    ]

    /// The value with one node somewhere within replaced.
    private func damaged(_ value: JSONValue, using random: inout SeededGenerator, depth: Int = 0) -> JSONValue {
        if depth > 0, random.chance(4) { return random.pick(Self.odd) ?? .null }
        switch value {
        case .object(var members):
            guard let name = random.pick(members.names), let inner = members[name] else {
                return random.pick(Self.odd) ?? .null
            }
            members[name] = damaged(inner, using: &random, depth: depth + 1)
            return .object(members)
        case .array(var elements):
            guard !elements.isEmpty else { return random.pick(Self.odd) ?? .null }
            let index = Int.random(in: elements.indices, using: &random)
            elements[index] = damaged(elements[index], using: &random, depth: depth + 1)
            return .array(elements)
        default:
            return random.pick(Self.odd) ?? .null
        }
    }

    private func exercise(_ kind: KindDefinition, _ object: JSONValue, old: JSONValue, _ subresource: Subresource?) {
        let strategy = kind.strategy
        let now = Timestamp(seconds: 1_800_000_000)
        _ = kind.conversion.map { $0.fromStored($0.toStored(object)) }
        var created = object
        strategy.setDefaults(&created, old: nil)
        strategy.prepareForCreate(&created)
        var updated = object
        strategy.setDefaults(&updated, old: old)
        strategy.prepareForUpdate(&updated, old: old, subresource: subresource)
        for value in [object, created, updated] {
            let errors =
                strategy.validate(value) + strategy.validateCreate(value)
                + strategy.validateUpdate(value, old: old, subresource: subresource)
                + strategy.validateUpdate(old, old: value, subresource: subresource)
            for error in errors { _ = error.cause }
            _ = strategy.changesGeneration(value, old: old)
            _ = strategy.warnings(value, old: old)
            for column in kind.columns { _ = column.cell(value, now) }
            for field in kind.selectableFields.values { _ = field(value) }
        }
    }

    @Test("damaged objects of all kinds")
    func damaged() throws {
        var random = SeededGenerator()
        print("\(random)")
        var samples = try KindSamples.stored()
        let pod = KindSamples.created(KindSamples.richPod, .pod)
        samples.append((.pod, pod))
        let template: JSONValue = ["metadata": ["labels": ["app": "rich"]], "spec": pod["spec"] ?? [:]]
        let workload: JSONValue = ["spec": ["selector": ["matchLabels": ["app": "rich"]], "template": template]]
        for kind in [KindDefinition.deployment, .replicaSet, .daemonSet] {
            samples.append((kind, KindSamples.created(workload, kind)))
        }
        samples.append(
            (
                .networkPolicy,
                [
                    "spec": [
                        "ingress": [
                            [
                                "from": [["ipBlock": ["cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]]]],
                                "ports": [["port": 1, "endPort": 2]],
                            ]
                        ]
                    ]
                ]
            )
        )
        samples.append(
            (.secret, ["data": ["a": "YQ=="], "stringData": ["b": "c"], "type": "kubernetes.io/dockerconfigjson"])
        )
        samples.append(
            (
                .clusterRoleBinding,
                ["roleRef": ["kind": "ClusterRole", "name": "a"], "subjects": [["kind": "User", "name": "u"]]]
            )
        )
        samples.append(
            (.clusterRole, ["rules": [["verbs": ["get"]]], "aggregationRule": ["clusterRoleSelectors": [[:]]]])
        )
        samples.append((.endpoints, ["subsets": [["addresses": [["ip": "10.0.0.1"]], "ports": [["port": 80]]]]]))
        samples.append(
            (
                .groupEvent,
                ["eventTime": "2026-11-21T10:00:00Z", "series": ["count": 1], "involvedObject": ["kind": "Pod"]]
            )
        )
        for _ in 0..<600 {
            guard let (kind, object) = random.pick(samples) else { return }
            var value = object
            for _ in 0..<Int.random(in: 1...4, using: &random) { value = damaged(value, using: &random) }
            exercise(kind, value, old: object, random.pick([nil, .status, .finalize, .binding, .scale]) ?? nil)
        }
    }

    @Test("anything at all, for every kind", arguments: KindRegistry.standard.kinds)
    func anything(kind: KindDefinition) throws {
        let foreign = KindSamples.created(KindSamples.richPod, .pod)
        for value in Self.odd + [foreign, ["spec": foreign], ["metadata": foreign, "status": [foreign]]] {
            exercise(kind, value, old: foreign, nil)
            exercise(kind, foreign, old: value, .status)
        }
    }
}
