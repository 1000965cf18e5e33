import AsyncHTTPClient
import JSON
public import KubernetesAPI
public import NIOCore
import NIOHTTP1
import NIOPosix

/// A client of one API server: reads, lists, watches and creates objects, in JSON over HTTP/1.1.
///
/// Credentials are renewed by themselves. Each watch has a connection of its own, so that a dead one is noticed by its
/// silence. Call ``shutdown()`` to wait until all connections are closed; a client that is dropped closes them as well.
public final class KubernetesClient: Sendable {
    let transport: HTTPTransport
    /// The time that waits and rates are measured in.
    public let time: Timekeeper

    /// A client; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - configuration: The server and how to speak to it.
    ///   - eventLoopGroup: Where the connections live; nil for the process's shared one.
    ///   - time: The passing of time; tests give their own.
    ///   - wallClock: The time of day, for credentials that end.
    public init(
        _ configuration: ClientConfiguration,
        eventLoopGroup: (any EventLoopGroup)? = nil,
        time: Timekeeper = .continuous,
        wallClock: @escaping @Sendable () -> Timestamp = { Timestamp.now }
    ) throws(ClientError) {
        self.time = time
        transport = try HTTPTransport(
            configuration: configuration,
            eventLoopGroup: eventLoopGroup ?? MultiThreadedEventLoopGroup.singleton,
            time: time,
            wallClock: wallClock
        )
    }

    /// Closes the connections; requests under way fail.
    public func shutdown() async {
        await transport.shutdown()
    }

    /// Asks the server whether it is ready (`/readyz`).
    ///
    /// - Throws: Where it is not, or does not answer.
    public func checkReadiness() async throws(ClientError) {
        _ = try await transport.answer(HTTPTransport.Request(target: "/readyz"))
    }

    /// Reads one object.
    ///
    /// - Parameter namespace: Its namespace; nil for kinds that have none.
    public func get<Object: KubernetesObject>(
        _ type: Object.Type = Object.self,
        namespace: String? = nil,
        name: String
    ) async throws(ClientError) -> Object {
        let request = HTTPTransport.Request(
            target: "\(Object.resource.path(namespace: namespace))/\(name.percentEncoded())"
        )
        let bytes = try await transport.answer(request)
        return try decode(request, bytes) { (reader) throws(ObjectError) in try Object(from: &reader) }
    }

    /// Reads a list, or one page of it.
    ///
    /// - Parameters:
    ///   - resource: The kind, where the type stands for several.
    ///   - selection: Which objects.
    ///   - resourceVersion: Empty for the newest state; "0" for any, from the server's cache; else one no older.
    ///   - limit: Objects in a page; nil for all in one.
    ///   - continuation: From the page before; nil for the first page.
    public func list<Object: KubernetesObject>(
        _ type: Object.Type = Object.self,
        of resource: ResourceType = Object.resource,
        _ selection: Selection = Selection(),
        resourceVersion: String = "",
        limit: Int? = nil,
        continuation: String? = nil
    ) async throws(ClientError) -> ObjectList<Object> {
        var query = Query(selection)
        query.add("limit", limit.map { "\($0)" })
        query.add("continue", continuation)
        query.add("resourceVersion", resourceVersion)
        let target = resource.path(namespace: selection.namespace) + query.text
        let request = HTTPTransport.Request(target: target, accept: Object.listMediaType)
        let bytes = try await transport.answer(request)
        return try decode(request, bytes) { (reader) throws(ObjectError) in try ObjectList<Object>(from: &reader) }
    }

    /// Begins a watch.
    ///
    /// - Parameters:
    ///   - resource: The kind, where the type stands for several.
    ///   - selection: Which objects.
    ///   - start: Where the watch begins.
    ///   - timeout: After how long the server is to end the watch in good order.
    public func watch<Object: KubernetesObject>(
        _ type: Object.Type = Object.self,
        of resource: ResourceType = Object.resource,
        _ selection: Selection = Selection(),
        from start: WatchStart,
        timeout: Duration
    ) async throws(ClientError) -> WatchStream<Object> {
        var query = Query(selection)
        query.add("allowWatchBookmarks", "true")
        switch start {
        case .initialEvents:
            query.add("resourceVersionMatch", "NotOlderThan")
            query.add("sendInitialEvents", "true")
        case .resourceVersion(let version):
            query.add("resourceVersion", version)
        }
        query.add("timeoutSeconds", "\(timeout.components.seconds)")
        query.add("watch", "true")
        let target = resource.path(namespace: selection.namespace) + query.text
        let request = HTTPTransport.Request(target: target, accept: Object.mediaType)
        return WatchStream(body: try await transport.send(request), summary: request.summary)
    }

    /// Creates an Event.
    public func create(_ event: Event) async throws(ClientError) {
        try await create(Event.resource, namespace: event.namespace, body: event.json)
    }

    /// Creates an object from its JSON.
    ///
    /// - Parameters:
    ///   - resource: The kind of object.
    ///   - namespace: Its namespace; nil for kinds that have none.
    ///   - body: The object.
    public func create(
        _ resource: ResourceType,
        namespace: String? = nil,
        body: [UInt8]
    ) async throws(ClientError) {
        let request = HTTPTransport.Request(
            method: .POST,
            target: resource.path(namespace: namespace),
            body: body
        )
        _ = try await transport.answer(request)
    }

    /// Changes an object by a JSON merge patch (RFC 7396): members of the patch take the place of the object's, `null`
    /// removes.
    ///
    /// - Parameters:
    ///   - resource: The kind of object.
    ///   - namespace: Its namespace; nil for kinds that have none.
    ///   - name: Its name.
    ///   - body: The patch.
    public func mergePatch(
        _ resource: ResourceType,
        namespace: String? = nil,
        name: String,
        body: [UInt8]
    ) async throws(ClientError) {
        let request = HTTPTransport.Request(
            method: .PATCH,
            target: "\(resource.path(namespace: namespace))/\(name.percentEncoded())",
            body: body,
            contentType: "application/merge-patch+json"
        )
        _ = try await transport.answer(request)
    }

    private func decode<Value>(
        _ request: HTTPTransport.Request,
        _ bytes: [UInt8],
        _ body: (inout JSONReader) throws(ObjectError) -> Value
    ) throws(ClientError) -> Value {
        var reader = JSONReader(bytes)
        do {
            return try body(&reader)
        } catch {
            throw .undecodable(request: request.summary, reason: "\(error)")
        }
    }
}

/// Where a watch begins.
public enum WatchStart: Sendable, Equatable {
    /// With all present objects, as `ADDED` events, up to a bookmark that says so; Kubernetes 1.32 and newer.
    case initialEvents
    /// After a version that a list or another watch gave.
    case resourceVersion(String)
}

/// The query of a URL.
private struct Query {
    private(set) var text = ""

    init(_ selection: Selection) {
        add("labelSelector", selection.labels)
        add("fieldSelector", selection.fields)
    }

    /// Adds a parameter that has a value.
    mutating func add(_ name: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        text += "\(text.isEmpty ? "?" : "&")\(name)=\(value.percentEncoded())"
    }
}
