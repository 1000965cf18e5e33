import JSON
import KubernetesAPI
import KubernetesClient

/// Tells people what controllers notice, as Events; the same thing said again counts up.
///
/// Events are a help: one that cannot be written is lost, and nothing waits for it but the worker that tells it.
actor EventRecorder {
    private struct Told {
        var name: String
        var count: Int
    }

    private let client: KubernetesClient
    private let component: String
    private let wallClock: @Sendable () -> Timestamp
    private var told: [ClusterEvent: Told] = [:]

    /// How many different events are remembered, to count them.
    private static let memory = 1024
    private static let resource = ResourceType(
        group: "",
        version: "v1",
        kind: "Event",
        plural: "events",
        namespaced: true
    )

    init(client: KubernetesClient, component: String, wallClock: @escaping @Sendable () -> Timestamp) {
        self.client = client
        self.component = component
        self.wallClock = wallClock
    }

    func record(_ event: ClusterEvent) async {
        let now = wallClock()
        let namespace = event.object.namespace ?? "default"
        if var known = told[event] {
            known.count += 1
            told[event] = known
            let patch: JSONValue = ["count": .integer(known.count), "lastTimestamp": .string(now.secondDescription)]
            let answer = try? await client.patch(
                Self.resource,
                namespace: namespace,
                name: known.name,
                type: .merge,
                body: patch.json
            )
            if answer != nil { return }
        }
        let suffix = String(UInt64(bitPattern: now.seconds &* 1_000_000_000 &+ Int64(now.nanoseconds)), radix: 16)
        let name = "\(event.object.name).\(suffix)"
        if told.count >= Self.memory { told = [:] }
        told[event] = Told(name: name, count: 1)
        let body = object(event, name: name, namespace: namespace, now: now)
        _ = try? await client.post(Self.resource, namespace: namespace, body: body.json)
    }

    private func object(_ event: ClusterEvent, name: String, namespace: String, now: Timestamp) -> JSONValue {
        var involved: JSONValue = [
            "apiVersion": .string(event.resource.apiVersion), "kind": .string(event.resource.kind),
            "name": .string(event.object.name), "uid": .string(event.uid),
        ]
        involved["namespace"] = event.object.namespace.map { .string($0) }
        return [
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "involvedObject": involved,
            "reason": .string(event.reason),
            "message": .string(event.message),
            "type": event.isWarning ? "Warning" : "Normal",
            "source": ["component": .string(component)],
            "reportingComponent": .string(component),
            "firstTimestamp": .string(now.secondDescription),
            "lastTimestamp": .string(now.secondDescription),
            "count": 1,
        ]
    }
}
