import JSON
import KubernetesAPI
import Testing

@testable import APIRegistry

/// Tables show what a real API server's showed.
@Suite("Tables of kinds")
struct KindTableTests {
    private static let kinds: [(String, KindDefinition)] = [
        ("configmaps", .configMap), ("deployments", .deployment), ("endpoints", .endpoints),
        ("endpointslices", .endpointSlice), ("events", .event), ("leases", .lease), ("namespaces", .namespace),
        ("networkpolicies", .networkPolicy), ("nodes", .node), ("pods", .pod), ("secrets", .secret),
        ("serviceaccounts", .serviceAccount), ("services", .service),
    ]

    @Test("columns are upstream's", arguments: kinds)
    func columns(file: String, kind: KindDefinition) throws {
        let captured = try #require(try Captured("table-\(file)").body["columnDefinitions"]?.array)
            .map { $0.without("description") }
        #expect(
            kind.columns.map {
                [
                    "name": .string($0.name), "type": .string($0.type), "format": .string($0.format),
                    "priority": .integer($0.priority),
                ] as JSONValue
            }
                == captured
        )
        #expect(kind.columns.allSatisfy { !$0.summary.isEmpty })
    }

    /// What the captured objects were, as far as tables show it, where they were not captured themselves.
    private static let others: [String: JSONValue] = [
        "configmaps/cm": ["data": ["k": "v2"]],
        "configmaps/extension-apiserver-authentication": [
            "data": ["1": "", "2": "", "3": "", "4": "", "5": ""], "binaryData": ["6": ""],
        ],
        "configmaps/kube-apiserver-legacy-service-account-token-tracking": ["data": ["since": ""]],
        "deployments/e": [
            "spec": [
                "replicas": 1, "selector": ["matchLabels": ["app": "e"]],
                "template": ["spec": ["containers": [["name": "x", "image": "x"]]]],
            ]
        ],
        "networkpolicies/np": ["spec": ["podSelector": [:]]],
        "events/n0.18ea07d6f3e64d6b": [
            "type": "Normal", "reason": "Starting", "involvedObject": ["kind": "Node", "name": "n0"],
            "reportingComponent": "kube-proxy", "reportingInstance": "kube-proxy-vm", "eventTime": .null,
        ],
        "events/openshift-kube-apiserver.18ea07cecdc61963": [
            "type": "Warning", "reason": "KubeAPIReadyz", "source": ["component": "apiserver", "host": "vm"],
            "involvedObject": ["kind": "Namespace", "name": "openshift-kube-apiserver"], "message": "readyz=true\n",
            "count": 1, "firstTimestamp": .null,
        ],
    ]

    private func object(_ file: String, _ row: JSONValue, _ kind: KindDefinition) throws -> JSONValue {
        let metadata = row["object"]?["metadata"] ?? [:]
        let name = metadata["name"]?.string ?? ""
        if let stored = try KindSamples.stored(kind, name) { return stored }
        var object = Self.others["\(file)/\(name)"] ?? [:]
        object["metadata"] = metadata
        let cells = row["cells"]
        switch file {
        case "namespaces": object["status"] = ["phase": "Active"]
        case "leases": object["spec"] = cells?[1].map { ["holderIdentity": $0] }
        case "events":
            // Of one event only the object's age is known, which is the event's.
            let time = metadata["creationTimestamp"]
            object[object["firstTimestamp"] == .null ? "firstTimestamp" : "eventTime"] = time
        default: break
        }
        return object
    }

    @Test("cells are upstream's", arguments: kinds)
    func cells(file: String, kind: KindDefinition) throws {
        let rows = try #require(try Captured("table-\(file)").body["rows"]?.array)
        for row in rows {
            let cells = try #require(row["cells"]?.array)
            let object = try object(file, row, kind)
            let age = try #require(kind.columns.firstIndex { $0.name == "Age" || $0.name == "Last Seen" })
            let seconds = try #require(cells[age].string.flatMap { Int64($0.dropLast()) })
            let created = try #require(object["metadata"]?["creationTimestamp"]?.string.flatMap { Timestamp($0) })
            let now = created.advanced(by: .seconds(seconds))
            #expect(kind.columns.map { $0.cell(object, now) } == cells, "\(file)")
        }
    }

    @Test(
        "ages are short",
        arguments: [
            (-2, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (599, "9m59s"), (600, "10m"),
            (10_799, "179m"), (10_800, "3h"), (10_860, "3h1m"), (28_800, "8h"), (172_799, "47h"), (172_800, "2d"),
            (176_400, "2d1h"), (691_200, "8d"), (63_072_000, "2y"), (63_158_400, "2y1d"), (252_288_000, "8y"),
        ]
    )
    func ages(seconds: Int, text: String) { #expect(HumanDuration.text(seconds: Int64(seconds)) == text) }

    @Test("an address says whose it is, and who has a role is listed")
    func others() throws {
        let address = try #require(try KindSamples.stored(.ipAddress, "10.96.100.225"))
        let now = Timestamp(seconds: 0)
        #expect(
            KindDefinition.ipAddress.columns.map { $0.cell(address, now) } == ["10.96.100.225", "services/default/web"]
        )
        let binding: JSONValue = [
            "metadata": ["name": "b", "creationTimestamp": "1970-01-01T00:00:00Z"],
            "roleRef": ["kind": "ClusterRole", "name": "view"],
            "subjects": [
                ["kind": "User", "name": "u"], ["kind": "User", "name": "v"], ["kind": "Group", "name": "g"],
                ["kind": "ServiceAccount", "namespace": "n", "name": "s"],
            ],
        ]
        #expect(
            KindDefinition.roleBinding.columns.map { $0.cell(binding, now) }
                == ["b", "ClusterRole/view", "0s", "u, v", "g", "n/s"]
        )
    }
}
