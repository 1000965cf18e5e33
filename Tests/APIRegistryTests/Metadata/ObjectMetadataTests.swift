import SeededTesting
import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

@Suite struct ObjectMetadataTests {
    private static let now = Timestamp(seconds: 1_795_000_000, nanoseconds: 5)
    private static let pods = KindDefinition(
        ResourceType(group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true),
        schema: "Pod"
    )

    private func created(_ metadata: JSONValue, namespace: String? = "default") throws -> JSONValue {
        var random = SeededGenerator(seed: 1)
        var object: JSONValue = ["metadata": metadata]
        try ObjectMetadata.prepareForCreate(
            &object,
            namespace: namespace,
            hasGeneration: true,
            now: Self.now,
            using: &random
        )
        return object["metadata"] ?? [:]
    }

    private func updated(_ metadata: JSONValue, old: JSONValue) throws -> JSONValue {
        var object: JSONValue = ["metadata": metadata]
        try ObjectMetadata.prepareForUpdate(
            &object,
            old: ["metadata": old],
            resource: Self.pods.resource,
            namespace: "default",
            name: "a"
        )
        return object["metadata"] ?? [:]
    }

    @Test func `a new object gets what the server decides, in upstream's order`() throws {
        let metadata = try created([
            "labels": ["a": "b"], "name": "web", "selfLink": "/x", "managedFields": [[:]], "uid": "mine",
            "deletionTimestamp": "2026-01-01T00:00:00Z", "annotations": [:],
        ])
        #expect(
            metadata.object?.names == ["name", "namespace", "uid", "generation", "creationTimestamp", "labels"]
        )
        #expect(metadata["creationTimestamp"]?.string == "2026-11-18T11:06:40Z")
        #expect(metadata["uid"]?.string?.utf8.count == 36)
        #expect(metadata["uid"]?.string?.utf8.dropFirst(14).first == UInt8(ascii: "4"))
    }

    @Test func `a generated name has five characters more, and 63 at most`() throws {
        let name = try #require(try created(["generateName": "web-"])["name"]?.string)
        #expect(name.hasPrefix("web-"))
        #expect(name.utf8.count == 9)
        #expect(name.dropFirst(4).allSatisfy { "bcdfghjklmnpqrstvwxz2456789".contains($0) })
        let base = String(repeating: "x", count: 80)
        #expect(try created(["generateName": .string(base)])["name"]?.string?.utf8.count == 63)
        #expect(try created(["generateName": "web-", "name": "mine"])["name"]?.string == "mine")
    }

    @Test func `another namespace than the path's is refused`() {
        #expect(throws: Refusal.namespaceMismatch) { try created(["name": "a", "namespace": "x"]) }
        #expect(throws: Refusal.namespaceMismatch) { try created(["name": "a", "namespace": "x"], namespace: nil) }
        #expect(throws: Refusal.namespaceMismatch) { try updated(["name": "a", "namespace": "x"], old: [:]) }
    }

    @Test func `a new object has no resourceVersion`() {
        #expect(throws: Refusal.self) { try created(["name": "a", "resourceVersion": "7"]) }
    }

    @Test func `an update keeps what clients cannot change`() throws {
        let old: JSONValue = [
            "name": "a", "namespace": "default", "uid": "u", "generation": 3, "creationTimestamp": "c",
            "deletionTimestamp": "d", "deletionGracePeriodSeconds": 30,
        ]
        let new = try updated(["generation": 9, "creationTimestamp": "x", "labels": ["a": "b"]], old: old)
        var expected = old
        expected["labels"] = ["a": "b"]
        #expect(new == expected)
    }

    @Test func `an update of another object of that name is a conflict`() {
        let error = #expect(throws: Refusal.self) { try updated(["name": "a", "uid": "x"], old: ["uid": "y"]) }
        #expect(error?.code == 409)
        #expect(throws: Refusal.nameMismatch(body: "b", path: "a")) { try updated(["name": "b"], old: [:]) }
    }

    @Test func `the words about names are upstream's`() throws {
        let captured = try Captured("invalid-service-name")
        let services = KindDefinition(
            ResourceType(group: "", version: "v1", kind: "Service", plural: "services", namespaced: true),
            schema: "Service",
            nameRule: .label
        )
        let errors = ObjectMetadata.validate(
            ["metadata": ["name": "Bad_Name", "namespace": "default"]],
            kind: services
        )
        let refusal = Refusal.invalid(services.resource, name: "Bad_Name", errors)
        #expect(try JSONValue(json: refusal.status.json) == captured.body)
    }

    @Test(arguments: [
        ("subdomain", "a.b-c", true), ("subdomain", "a..b", false), ("label", "a.b", false),
        ("rfc1035Label", "1a", false),
        ("rfc1035Label", "a1", true), ("pathSegment", "system:x", true), ("pathSegment", "a/b", false),
        ("pathSegment", "..", false), ("ipAddress", "10.0.0.1", true), ("ipAddress", "010.0.0.1", false),
        ("ipAddress", "2001:db8::1", true), ("ipAddress", "2001:DB8::1", false),
    ])
    func `names obey their kind's rule`(rule: String, name: String, isGood: Bool) {
        let rules: [String: KindDefinition.NameRule] = [
            "subdomain": .subdomain, "label": .label, "rfc1035Label": .rfc1035Label, "pathSegment": .pathSegment,
            "ipAddress": .ipAddress,
        ]
        #expect(rules[rule]?.problems(with: name).isEmpty == isGood)
    }

    @Test func `labels, annotations, owners and finalizers are looked at`() {
        let errors = ObjectMetadata.validate(
            [
                "metadata": [
                    "name": "a", "namespace": "default", "labels": ["a b": "x", "c": "-"],
                    "annotations": ["X/y": .string(String(repeating: "x", count: 256 << 10))],
                    "ownerReferences": [
                        ["apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "1", "controller": true],
                        ["apiVersion": "v1", "kind": "Pod", "name": "q", "uid": "", "controller": true],
                    ],
                    "finalizers": ["orphan", "foregroundDeletion", "a/b/c"],
                ]
            ],
            kind: Self.pods
        )
        #expect(
            errors.map { "\($0.field)" } == [
                "metadata.labels", "metadata.labels", "metadata.annotations", "metadata.ownerReferences.uid",
                "metadata.ownerReferences", "metadata.finalizers", "metadata.finalizers",
            ]
        )
        #expect(errors[2].message == "Too long: may not be more than 262144 bytes")
    }

    @Test func `what is being deleted gets no more finalizers`() {
        let old: JSONValue = ["metadata": ["deletionTimestamp": "x", "finalizers": ["a/b"]]]
        let new: JSONValue = ["metadata": ["deletionTimestamp": "x", "finalizers": ["a/b", "c/d"]]]
        #expect(
            ObjectMetadata.validateUpdate(new, old: old).map(\.message) == [
                "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers "
                    + "[]string{\"c/d\"}"
            ]
        )
    }

    @Test func `metadata of any shape is looked at without a crash`() {
        var random = SeededGenerator()
        let values: [JSONValue] = [.null, 1, "x", [], [:], ["a"], [["x": 1]], ["a": "b"], true, "", .number("1e400")]
        let names = [
            "name", "generateName", "namespace", "uid", "generation", "labels", "annotations", "ownerReferences",
            "finalizers", "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion",
        ]
        for _ in 0..<1_000 {
            var objects: [JSONValue] = []
            for _ in 0..<2 {
                var metadata = JSONObject()
                for name in names where random.chance(2) { metadata[name] = random.pick(values) }
                objects.append(random.chance(20) ? ["metadata": 1] : ["metadata": .object(metadata)])
            }
            var object = objects[0]
            _ = ObjectMetadata.validate(object, kind: Self.pods)
            _ = ObjectMetadata.validateUpdate(object, old: objects[1])
            for style in [Deletion.Style.immediate, .graceful, .namespace] {
                _ = try? Deletion(
                    of: object,
                    resource: Self.pods.resource,
                    style: style,
                    resourceVersion: 1,
                    options: DeleteOptions(objects[1]),
                    now: Self.now
                )
            }
            try? ObjectMetadata.prepareForUpdate(
                &object,
                old: objects[1],
                resource: Self.pods.resource,
                namespace: nil,
                name: "a"
            )
        }
    }
}
