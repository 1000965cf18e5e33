public import JSON
public import KubernetesAPI

/// Which Events were told lately, so that the same thing said again counts up instead of being told anew.
///
/// A value, driven by whoever writes: it says what to write, and is told what could not be written.
public struct EventBook: Sendable {
    /// What is to be written.
    public enum Request: Sendable, Hashable {
        /// A new Event.
        case post(namespace: String, body: JSONValue)
        /// A merge patch of the one that was told before.
        case patch(namespace: String, name: String, body: JSONValue)
    }

    private struct Told: Sendable {
        var name: String
        var count: Int
    }

    /// `v1` `Event`.
    static let resource = ResourceType(group: "", version: "v1", kind: "Event", plural: "events", namespaced: true)

    private let component: String
    private let host: String?
    private var told = RecentEntries<ObjectEvent, Told>(limit: 1024)

    /// An empty book; it remembers about a thousand Events.
    ///
    /// - Parameters:
    ///   - component: Who tells, such as `kubelet`.
    ///   - host: The node that tells; nil for whoever is not one.
    public init(component: String, host: String? = nil) {
        self.component = component
        self.host = host
    }

    /// What to write to tell an event: it counts as told from now on.
    public mutating func request(for event: ObjectEvent, now: Timestamp) -> Request {
        let namespace = event.object.namespace ?? "default"
        if var known = told[event] {
            known.count += 1
            told[event] = known
            let patch: JSONValue = ["count": .integer(known.count), "lastTimestamp": .string(now.secondDescription)]
            return .patch(namespace: namespace, name: known.name, body: patch)
        }
        let name = Event.name(event.object, now)
        told[event] = Told(name: name, count: 1)
        return .post(namespace: namespace, body: body(of: event, name: name, namespace: namespace, now: now))
    }

    /// Takes in that an event could not be written: it is told anew the next time.
    public mutating func forget(_ event: ObjectEvent) {
        told[event] = nil
    }

    private func body(of event: ObjectEvent, name: String, namespace: String, now: Timestamp) -> JSONValue {
        var involved: JSONValue = [
            "apiVersion": .string(event.object.apiVersion), "kind": .string(event.object.kind),
            "name": .string(event.object.name), "uid": .string(event.object.uid),
        ]
        involved["namespace"] = event.object.namespace.map { .string($0) }
        var source: JSONValue = ["component": .string(component)]
        source["host"] = host.map { .string($0) }
        var body: JSONValue = [
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "involvedObject": involved,
            "reason": .string(event.reason),
            "message": .string(Event.shortened(event.message, to: Event.noteLimit)),
            "type": event.isWarning ? "Warning" : "Normal",
            "source": source,
            "reportingComponent": .string(component),
            "firstTimestamp": .string(now.secondDescription),
            "lastTimestamp": .string(now.secondDescription),
            "count": 1,
        ]
        body["reportingInstance"] = host.map { .string($0) }
        return body
    }
}

extension KubernetesClient {
    /// Writes an Event.
    public func write(_ request: EventBook.Request) async throws(ClientError) {
        switch request {
        case .post(let namespace, let body):
            _ = try await post(EventBook.resource, namespace: namespace, body: body.json)
        case .patch(let namespace, let name, let body):
            _ = try await patch(EventBook.resource, namespace: namespace, name: name, type: .merge, body: body.json)
        }
    }
}
