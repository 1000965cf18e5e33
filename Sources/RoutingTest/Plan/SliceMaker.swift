import Addressing
import JSON
import KubernetesAPI

/// Makes a Service's EndpointSlices from the pods that it selects, as the EndpointSlice controller does.
struct SliceMaker {
    private let service: ServiceView
    private let plan: NetworkPlan

    init(_ service: ServiceView, _ plan: NetworkPlan) {
        self.service = service
        self.plan = plan
    }

    /// The pods that it selects.
    var pods: [NetworkPlan.PodHost] {
        plan.pods.filter { host in
            host.pod.namespace == service.namespace
                && service.selector.allSatisfy { host.pod.labels[$0.key] == $0.value }
        }
    }

    /// A slice for each family and each set of port numbers: named ports may have different ones in different pods.
    var slices: [JSONValue] {
        var slices: [JSONValue] = []
        for family in IPFamily.allCases where service.clusterIPs.contains(where: { $0.family == family }) {
            let groups = Dictionary(grouping: pods) { ports(of: $0.pod) }
            for (number, group) in groups.sorted(by: { ($0.value[0].pod.name) < ($1.value[0].pod.name) }).enumerated() {
                let endpoints = group.value.compactMap { endpoint($0, family) }
                guard !endpoints.isEmpty else { continue }
                slices.append([
                    "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                    "metadata": [
                        "name": .string("\(service.name)-\("\(family)".lowercased())-\(number)"),
                        "namespace": .string(service.namespace),
                        "labels": [
                            EndpointSlice.serviceNameLabel: .string(service.name)
                        ],
                    ],
                    "addressType": .string("\(family)"),
                    "ports": .array(
                        group.key.map { port in
                            [
                                "name": .string(port.name), "port": .integer(port.number),
                                "protocol": .string("\(port.transport)".uppercased()),
                            ]
                        }
                    ),
                    "endpoints": .array(endpoints),
                ])
            }
        }
        return slices
    }

    /// The Service's ports, with the numbers they have in a pod.
    func ports(of pod: TestPod) -> [PodPort] {
        service.ports.compactMap { port in
            let number =
                UInt16(port.targetPort)
                ?? pod.ports.first { $0.name == port.targetPort && $0.transport == port.transport }?.number
            return number.map { PodPort(name: port.name, number: $0, transport: port.transport) }
        }
    }

    private func endpoint(_ host: NetworkPlan.PodHost, _ family: IPFamily) -> JSONValue? {
        guard let address = host.addresses.first(where: { $0.family == family }) else { return nil }
        let node = plan.nodes[host.node]
        let pod = host.pod
        var endpoint: JSONValue = [
            "addresses": [.string("\(address)")],
            "conditions": [
                "ready": .bool(service.publishesNotReady || (pod.isReady && !pod.isTerminating)),
                "serving": .bool(service.publishesNotReady || pod.isReady),
                "terminating": .bool(pod.isTerminating),
            ],
            "nodeName": .string(node.name),
            "targetRef": ["kind": "Pod", "namespace": .string(pod.namespace), "name": .string(pod.name)],
        ]
        if let zone = node.zone { endpoint["zone"] = .string(zone) }
        guard ["PreferClose", "PreferSameZone", "PreferSameNode"].contains(service.trafficDistribution) else {
            return endpoint
        }
        if let zone = node.zone { endpoint[path: "hints", "forZones"] = [["name": .string(zone)]] }
        if service.trafficDistribution == "PreferSameNode" {
            endpoint[path: "hints", "forNodes"] = [["name": .string(node.name)]]
        }
        return endpoint
    }
}
