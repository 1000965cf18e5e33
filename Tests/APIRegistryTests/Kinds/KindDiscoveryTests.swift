import APISchema
import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

/// The kinds are named, and served, as upstream's discovery says.
@Suite("Kinds and upstream's discovery")
struct KindDiscoveryTests {
    private func resources() throws -> [(group: String, version: String, resource: JSONValue)] {
        try ["api-aggregated", "apis-aggregated"].flatMap { name in
            (try Captured(name).body["items"]?.array ?? []).flatMap { group in
                (group["versions"]?.array ?? []).flatMap { version in
                    (version["resources"]?.array ?? []).map {
                        (group["metadata"]?["name"]?.string ?? "", version["version"]?.string ?? "", $0)
                    }
                }
            }
        }
    }

    @Test("each kind of upstream's that is kept has its names and verbs, and no other is there")
    func names() throws {
        var found = 0
        for (group, version, resource) in try resources() {
            let plural = try #require(resource["resource"]?.string)
            let kind = try #require(KindRegistry.standard.kind(group: group, version: version, plural: plural))
            #expect(kind.singular == resource["singularResource"]?.string)
            #expect(kind.shortNames == (resource["shortNames"]?.array ?? []).compactMap(\.string))
            #expect(kind.categories == (resource["categories"]?.array ?? []).compactMap(\.string))
            #expect(kind.resource.namespaced == (resource["scope"] == "Namespaced"))
            #expect(kind.verbs == (resource["verbs"]?.array ?? []).compactMap(\.string), "\(plural)")
            let parts = Set((resource["subresources"]?.array ?? []).compactMap { $0["subresource"]?.string })
            #expect(Set(kind.subresources.map(\.rawValue)).isSubset(of: parts), "\(plural)")
            for part in resource["subresources"]?.array ?? [] {
                guard let name = Subresource(rawValue: part["subresource"]?.string ?? ""),
                    kind.subresources.contains(name)
                else { continue }
                let verbs = (part["verbs"]?.array ?? []).compactMap(\.string)
                // Of what nodes serve only what is read is handed on.
                #expect(name == .proxy ? name.verbs == ["get"] : name.verbs == verbs, "\(plural)/\(name)")
                let told = name.kind(of: kind.resource)
                #expect(told.kind == part["responseKind"]?["kind"]?.string)
                // Discovery leaves the group out where it is the resource's.
                let isOwn = told.group == kind.resource.group
                #expect(part["responseKind"]?["group"]?.string == (isOwn ? "" : told.group))
            }
            found += 1
        }
        #expect(found == KindRegistry.standard.kinds.count)
    }

    @Test("each kind has its message in the schema", arguments: KindRegistry.standard.kinds)
    func schema(kind: KindDefinition) { #expect(SchemaTable.standard[kind.schema] != nil) }

    @Test("keys are those of upstream's etcd")
    func keys() {
        let keys = [
            (KindDefinition.service, "/registry/services/specs/ns/a"),
            (.endpoints, "/registry/services/endpoints/ns/a"),
            (.node, "/registry/minions/a"), (.pod, "/registry/pods/ns/a"), (.event, "/registry/events/ns/a"),
            (.groupEvent, "/registry/events/ns/a"), (.clusterRole, "/registry/clusterroles/a"),
            (.serviceCIDR, "/registry/servicecidrs/a"), (.lease, "/registry/leases/ns/a"),
        ]
        for (kind, key) in keys { #expect(kind.key(namespace: "ns", name: "a") == key) }
    }
}
