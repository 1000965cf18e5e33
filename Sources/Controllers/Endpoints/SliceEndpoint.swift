import JSON
import KubernetesAPI

/// An endpoint of an EndpointSlice, as a controller writes it.
struct SliceEndpoint: Sendable, Hashable {
    /// The object behind an endpoint.
    struct Target: Sendable, Hashable {
        var kind: String
        var namespace: String
        var name: String
        var uid: String
    }

    var addresses: [String]
    var isReady: Bool
    var isServing: Bool
    var isTerminating: Bool
    var hostName: String?
    var nodeName: String?
    var zone: String?
    var target: Target?
    var zonesOfHints: [String] = []
    var nodesOfHints: [String] = []

    /// What an endpoint is told apart by when its state changes.
    struct Identity: Sendable, Hashable {
        var addresses: [String]
        var hostName: String?
        var target: Target?
    }

    var identity: Identity { Identity(addresses: addresses, hostName: hostName, target: target) }
}

extension SliceEndpoint {
    /// A pod as an endpoint; nil where it cannot be one: it ended, or has no address of the family.
    init?(_ pod: Pod, of service: ServiceFacts, family: String, zone: String?) {
        guard !pod.isFinished,
            let address = pod.addresses.first(where: { $0.contains(":") == (family == "IPv6") })
        else { return nil }
        let hostName = pod.hostName.isEmpty || pod.subdomain != service.name ? nil : pod.hostName
        self.init(
            addresses: [address],
            isReady: service.publishesNotReady || (pod.isReady && !pod.isTerminating),
            isServing: pod.isReady,
            isTerminating: pod.isTerminating,
            hostName: hostName,
            nodeName: pod.nodeName.isEmpty ? nil : pod.nodeName,
            zone: zone,
            target: Target(
                kind: "Pod",
                namespace: pod.metadata.namespace ?? "",
                name: pod.metadata.name,
                uid: pod.metadata.uid
            )
        )
    }

    init(_ value: JSONValue) {
        let conditions = value["conditions"]
        let reference = value["targetRef"]
        self.init(
            addresses: value["addresses"]?.array?.compactMap(\.string) ?? [],
            isReady: conditions?["ready"]?.bool ?? true,
            isServing: conditions?["serving"]?.bool ?? true,
            isTerminating: conditions?["terminating"]?.bool ?? false,
            hostName: value["hostname"]?.string,
            nodeName: value["nodeName"]?.string,
            zone: value["zone"]?.string,
            target: reference.map {
                Target(
                    kind: $0["kind"]?.string ?? "",
                    namespace: $0["namespace"]?.string ?? "",
                    name: $0["name"]?.string ?? "",
                    uid: $0["uid"]?.string ?? ""
                )
            },
            zonesOfHints: value[path: "hints", "forZones"]?.array?.compactMap { $0["name"]?.string } ?? [],
            nodesOfHints: value[path: "hints", "forNodes"]?.array?.compactMap { $0["name"]?.string } ?? []
        )
    }

    var json: JSONValue {
        var value: JSONValue = [
            "addresses": .strings(addresses),
            "conditions": [
                "ready": .bool(isReady), "serving": .bool(isServing), "terminating": .bool(isTerminating),
            ],
        ]
        value["hostname"] = hostName.map { .string($0) }
        if let target {
            value["targetRef"] = [
                "kind": .string(target.kind), "name": .string(target.name), "namespace": .string(target.namespace),
                "uid": .string(target.uid),
            ]
        }
        value["nodeName"] = nodeName.map { .string($0) }
        value["zone"] = zone.map { .string($0) }
        if !zonesOfHints.isEmpty {
            value[path: "hints", "forZones"] = .array(zonesOfHints.map { ["name": .string($0)] })
        }
        if !nodesOfHints.isEmpty {
            value[path: "hints", "forNodes"] = .array(nodesOfHints.map { ["name": .string($0)] })
        }
        return value
    }
}
