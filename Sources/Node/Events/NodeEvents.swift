import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import ServiceLifecycle
import Synchronization

/// An Event about an object, as the kubelet tells them.
struct NodeEvent: Sendable, Hashable {
    /// Which object.
    var object: ObjectReference
    /// Whether it is a matter of concern.
    var isWarning = false
    /// Why, in one word.
    var reason: String
    /// What happened, for people.
    var message: String
}

/// Tells people what happens on the node, as Events; the same thing said again counts up.
///
/// Events are a help: of more than a few hundred that wait the oldest are lost, and so is one that cannot be written.
final class NodeEvents: ServiceLifecycle.Service, CustomStringConvertible {
    let description = "events"

    private static let resource = ResourceType(
        group: "",
        version: "v1",
        kind: "Event",
        plural: "events",
        namespaced: true
    )
    /// How many different events are remembered, to count them.
    private static let memory = 1024
    /// How many wait at most.
    private static let queue = 256
    /// What a server takes of a message, in bytes.
    private static let messageLimit = 1024

    private let client: KubernetesClient
    private let nodeName: String
    private let logger: Logger
    private let waiting: AsyncStream<NodeEvent>
    private let continuation: AsyncStream<NodeEvent>.Continuation

    /// Events of a node.
    init(client: KubernetesClient, nodeName: String, logger: Logger) {
        self.client = client
        self.nodeName = nodeName
        self.logger = logger
        (waiting, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.queue))
    }

    /// Tells an event; returns at once.
    func record(_ event: NodeEvent) {
        continuation.yield(event)
    }

    func run() async throws {
        var told: [NodeEvent: (name: String, count: Int)] = [:]
        for await event in waiting.cancelOnGracefulShutdown() {
            let now = Timestamp.now
            let namespace = event.object.namespace ?? "default"
            if let known = told[event] {
                told[event] = (known.name, known.count + 1)
                let patch: JSONValue = [
                    "count": .integer(known.count + 1), "lastTimestamp": .string(now.secondDescription),
                ]
                let answer = try? await client.patch(
                    Self.resource,
                    namespace: namespace,
                    name: known.name,
                    type: .merge,
                    body: patch.json
                )
                if answer != nil { continue }
            }
            if told.count >= Self.memory { told = [:] }
            let object = object(event, namespace: namespace, now: now)
            told[event] = (object.name, 1)
            do {
                _ = try await client.post(Self.resource, namespace: namespace, body: object.body.json)
            } catch {
                logger.debug("an event is lost", metadata: ["reason": "\(event.reason)", "error": "\(error)"])
                told[event] = nil
            }
        }
    }

    private func object(_ event: NodeEvent, namespace: String, now: Timestamp) -> (name: String, body: JSONValue) {
        let time = UInt64(bitPattern: now.seconds &* 1_000_000_000 &+ Int64(now.nanoseconds))
        let name = "\(event.object.name).\(String(time, radix: 16))"
        var involved: JSONValue = [
            "apiVersion": .string(event.object.apiVersion), "kind": .string(event.object.kind),
            "name": .string(event.object.name), "uid": .string(event.object.uid),
        ]
        involved["namespace"] = event.object.namespace.map { .string($0) }
        let body: JSONValue = [
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "involvedObject": involved,
            "reason": .string(event.reason),
            "message": .string(String(decoding: event.message.utf8.prefix(Self.messageLimit), as: UTF8.self)),
            "type": event.isWarning ? "Warning" : "Normal",
            "source": ["component": "kubelet", "host": .string(nodeName)],
            "reportingComponent": "kubelet",
            "reportingInstance": .string(nodeName),
            "firstTimestamp": .string(now.secondDescription),
            "lastTimestamp": .string(now.secondDescription),
            "count": 1,
        ]
        return (name, body)
    }
}
