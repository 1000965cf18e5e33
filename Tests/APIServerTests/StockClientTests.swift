import APISchema
import AsyncHTTPClient
import Glibc
import JSON
import KubernetesTesting
import NIOCore
import NIOHTTP1
import Testing

/// The requests of stock clients, and what a stock server answered to them.
@Suite(.timeLimit(.minutes(2)))
struct StockClientTests {
    /// What the stock server held.
    private static let objects: [(path: String, yaml: String)] = [
        (
            "/api/v1/nodes",
            """
            apiVersion: v1
            kind: Node
            metadata: {name: n0, labels: {topology.kubernetes.io/zone: z1}}
            """
        ),
        (
            "/api/v1/namespaces/default/services",
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web, labels: {app: web}}
            spec:
              type: LoadBalancer
              externalTrafficPolicy: Local
              selector: {app: web}
              sessionAffinity: ClientIP
              loadBalancerSourceRanges: ["203.0.113.0/25"]
              ports: [{name: http, port: 80, targetPort: 8080}, {name: dns, port: 53, protocol: UDP, targetPort: 5353}]
            """
        ),
        (
            "/api/v1/namespaces/default/services",
            """
            apiVersion: v1
            kind: Service
            metadata: {name: headless}
            spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}
            """
        ),
        (
            "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
            """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: web-abc
              labels: {kubernetes.io/service-name: web}
              annotations: {endpoints.kubernetes.io/last-change-trigger-time: "2026-11-21T10:00:00Z"}
            addressType: IPv4
            ports: [{name: http, port: 8080, protocol: TCP}, {name: dns, port: 5353, protocol: UDP}]
            endpoints:
            - addresses: [10.244.1.5]
              conditions: {ready: true, serving: true, terminating: false}
              nodeName: n0
              zone: z1
              hints: {forZones: [{name: z1}], forNodes: [{name: n0}]}
            - addresses: [10.244.2.6]
              conditions: {ready: false, serving: true, terminating: true}
              nodeName: n1
              zone: z2
            """
        ),
        (
            "/api/v1/namespaces/default/pods",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p1, labels: {app: web}}
            spec: {nodeName: n0, terminationGracePeriodSeconds: 0, containers: [{name: c, image: x}]}
            """
        ),
        (
            "/api/v1/namespaces/default/configmaps",
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: cm}
            data: {k: v2}
            """
        ),
        (
            "/apis/apps/v1/namespaces/default/deployments",
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: d}
            spec:
              replicas: 2
              selector: {matchLabels: {app: d}}
              template: {metadata: {labels: {app: d}}, spec: {containers: [{name: c, image: x}]}}
            """
        ),
        (
            "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
            """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: np}
            spec: {podSelector: {}, policyTypes: [Ingress]}
            """
        ),
    ]

    private static func fill(_ server: TestAPIServer) async throws {
        for (path, yaml) in objects {
            let made = try await server.request("POST", path, body: Array(yaml.utf8), contentType: "application/yaml")
            try #require(made.status == 201, "\(made.text)")
        }
    }

    @Test func `every request of a stock client is answered in the form that it asks for`() async throws {
        try await TestAPIServer.run { server in
            try await Self.fill(server)
            for (accept, path) in StockRequests.all {
                let response = try await server.open("GET", path, accept: accept.header)
                #expect(response.status == .ok, "\(path)")
                let type = response.headers.first(name: "Content-Type") ?? ""
                switch accept {
                case .json, .jsonOrAny, .table: #expect(type == "application/json", "\(path)")
                case .discovery:
                    #expect(type == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", "\(path)")
                case .protobuf: #expect(type == "application/vnd.kubernetes.protobuf", "\(path)")
                case .protobufOrAny: #expect(type == "application/vnd.kubernetes.protobuf;stream=watch", "\(path)")
                }
                if accept == .table, !path.contains("watch=true") {
                    let body = try await response.body.collect(upTo: 1 << 20)
                    let table = try JSONValue(json: Array(body.readableBytesView))
                    #expect(table["kind"] == "Table", "\(path)")
                }
            }
        }
    }

    /// By the kind's plural: what is watched, where it was captured, and which of it the test has made, too.
    private static let watched: [String: (message: String, capture: String, names: [String])] = [
        "nodes": ("io.k8s.api.core.v1.Node", "node", ["n0"]),
        "services": ("io.k8s.api.core.v1.Service", "services", ["web", "kubernetes"]),
        "endpointslices": ("io.k8s.api.discovery.v1.EndpointSlice", "endpointslices", ["web-abc"]),
        "servicecidrs": ("io.k8s.api.networking.v1.ServiceCIDR", "servicecidrs", ["kubernetes"]),
    ]

    @Test func `what a stock proxy watches has the fields that a stock server tells`() async throws {
        try await TestAPIServer.run { server in
            try await Self.fill(server)
            #expect(StockRequests.proxy.count == 4)
            for path in StockRequests.proxy {
                let plural = path.split(separator: "?")[0].split(separator: "/").last.map { String($0) } ?? ""
                let wanted = try #require(Self.watched[plural])
                let accept = StockRequests.Accept.protobufOrAny.header
                let response = try await server.open("GET", path, accept: accept)
                var objects: [String: JSONValue] = [:]
                var frames = ProtobufFrames()
                var bookmark: JSONValue?
                reading: for try await piece in response.body {
                    for (type, object) in try frames.append(Array(piece.readableBytesView), message: wanted.message) {
                        if type == "BOOKMARK" {
                            bookmark = object
                            break reading
                        }
                        #expect(type == "ADDED", "\(path)")
                        objects[object["metadata"]?["name"]?.string ?? ""] = object
                    }
                }
                let end = bookmark?[path: "metadata", "annotations", "k8s.io/initial-events-end"]
                #expect(end == "true", "\(path)")
                #expect(objects["headless"] == nil)
                let captured = try Self.captured(wanted.capture)
                for name in wanted.names {
                    let own = try #require(objects[name], "\(path) \(name)")
                    let stock = try #require(captured[name])
                    let difference = Self.fields(of: own).symmetricDifference(Self.fields(of: stock))
                    #expect(difference.sorted() == [], "\(path) \(name)")
                }
            }
        }
    }

    @Test func `an event is made by protobuf, as a stock proxy does`() async throws {
        try await TestAPIServer.run { server in
            let event: JSONValue = [
                "metadata": ["name": "n0.18a1b2c3d4", "namespace": "default"],
                "eventTime": "2026-11-21T10:00:00.000000Z", "reportingController": "kube-proxy",
                "reportingInstance": "kube-proxy-n0", "action": "StartKubeProxy", "reason": "Starting",
                "regarding": ["kind": "Node", "name": "n0", "uid": "n0"], "type": "Normal",
            ]
            let message = "io.k8s.api.events.v1.Event"
            let encoded = try ProtobufEncoder(table: .standard).encode(event, message: message)
            let path = "/apis/events.k8s.io/v1/namespaces/default/events"
            let answer = try await server.request(
                "POST",
                path,
                body: ProtobufEnvelope(apiVersion: "events.k8s.io/v1", kind: "Event", message: encoded).bytes,
                contentType: "application/vnd.kubernetes.protobuf",
                accept: StockRequests.Accept.protobufOrAny.header
            )
            #expect(answer.status == 201)
            let made = try ObjectDecoder(table: .standard).decode(protobuf: answer.body, message: message)
            #expect(made.value["reason"] == "Starting")
            let read = try await server.request("GET", "/api/v1/namespaces/default/events")
            #expect(read.json["items"]?[0]?["reportingComponent"] == "kube-proxy")
        }
    }

    /// The objects of an answer of the stock server, by name.
    private static func captured(_ name: String) throws -> [String: JSONValue] {
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        guard let file = fopen("/\(folder)/APISchemaTests/Fixtures/\(name).json", "r") else {
            throw TestFailure("\(name).json is not there")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        let value = try JSONValue(json: Array(bytes[..<count]))
        var objects: [String: JSONValue] = [:]
        for object in value["items"]?.array ?? [value] { objects[object["metadata"]?["name"]?.string ?? ""] = object }
        return objects
    }

    /// What others had done to the captured objects: `kubectl apply`, `label` and `cordon`, and a node's own report.
    private static let notCompared: Set<String> = [
        ".kind", ".apiVersion", ".metadata.annotations.kubectl.kubernetes.io/last-applied-configuration",
        ".metadata.labels.x", ".spec.unschedulable", ".status.addresses[].address", ".status.addresses[].type",
    ]

    /// The paths of all fields of an object, but for those that say who wrote it, and its kind.
    private static func fields(of object: JSONValue) -> Set<String> {
        var paths: Set<String> = []
        func visit(_ value: JSONValue, _ path: String) {
            guard path != ".metadata.managedFields" else { return }
            if let members = value.object {
                for member in members.members where member.value != .null {
                    visit(member.value, "\(path).\(member.name)")
                }
                if members.isEmpty { paths.insert(path) }
            } else if let elements = value.array {
                for element in elements { visit(element, "\(path)[]") }
            } else {
                paths.insert(path)
            }
        }
        visit(object, "")
        return paths.subtracting(notCompared)
    }
}
