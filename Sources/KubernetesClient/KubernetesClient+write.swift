public import KubernetesAPI
import NIOHTTP1

/// How a patch changes an object.
public enum PatchType: String, Sendable, Hashable {
    /// JSON Patch (RFC 6902): a list of operations.
    case json = "application/json-patch+json"
    /// JSON merge patch (RFC 7396).
    case merge = "application/merge-patch+json"
    /// As a merge patch, but lists are merged by the keys that the kind's schema names.
    case strategicMerge = "application/strategic-merge-patch+json"
}

extension KubernetesClient {
    /// Creates an object, or a part of one such as `…/pods/web/binding`, from its JSON.
    ///
    /// - Parameters:
    ///   - name: Whose part is created; nil for a whole object.
    ///   - subresource: The part; nil for a whole object.
    /// - Returns: What the server answers: the object as it is now.
    public func post(
        _ resource: ResourceType,
        namespace: String?,
        name: String? = nil,
        subresource: String? = nil,
        body: [UInt8]
    ) async throws(ClientError) -> [UInt8] {
        let target = Self.target(resource, namespace: namespace, name: name, subresource: subresource)
        return try await transport.answer(HTTPTransport.Request(method: .POST, target: target, body: body))
    }

    /// Puts an object, or its status, in place of what is there; its `resourceVersion` says what it takes the place of.
    ///
    /// - Returns: The object as it is now.
    public func replace(
        _ resource: ResourceType,
        namespace: String?,
        name: String,
        subresource: String? = nil,
        body: [UInt8]
    ) async throws(ClientError) -> [UInt8] {
        let target = Self.target(resource, namespace: namespace, name: name, subresource: subresource)
        return try await transport.answer(HTTPTransport.Request(method: .PUT, target: target, body: body))
    }

    /// Changes an object, or its status, by a patch.
    ///
    /// - Returns: The object as it is now.
    public func patch(
        _ resource: ResourceType,
        namespace: String?,
        name: String,
        subresource: String? = nil,
        type: PatchType,
        body: [UInt8]
    ) async throws(ClientError) -> [UInt8] {
        let target = Self.target(resource, namespace: namespace, name: name, subresource: subresource)
        let request = HTTPTransport.Request(
            method: .PATCH,
            target: target,
            body: body,
            contentType: type.rawValue
        )
        return try await transport.answer(request)
    }

    /// Deletes an object.
    ///
    /// - Parameter options: `DeleteOptions` in JSON; empty for none.
    /// - Returns: The object with its deletion timestamp, or a `Status` where it is gone.
    public func delete(
        _ resource: ResourceType,
        namespace: String?,
        name: String,
        options: [UInt8] = []
    ) async throws(ClientError) -> [UInt8] {
        let target = Self.target(resource, namespace: namespace, name: name, subresource: nil)
        let body = options.isEmpty ? nil : options
        return try await transport.answer(HTTPTransport.Request(method: .DELETE, target: target, body: body))
    }

    /// Deletes all objects of a kind in a namespace.
    ///
    /// - Parameter options: `DeleteOptions` in JSON; empty for none.
    public func deleteCollection(
        _ resource: ResourceType,
        namespace: String?,
        options: [UInt8] = []
    ) async throws(ClientError) {
        let target = Self.target(resource, namespace: namespace, name: nil, subresource: nil)
        let body = options.isEmpty ? nil : options
        _ = try await transport.answer(HTTPTransport.Request(method: .DELETE, target: target, body: body))
    }

    /// Reads what an object says of itself.
    public func metadata(
        _ resource: ResourceType,
        namespace: String?,
        name: String
    ) async throws(ClientError) -> PartialMetadata {
        let target = Self.target(resource, namespace: namespace, name: name, subresource: nil)
        let request = HTTPTransport.Request(target: target, accept: PartialMetadata.mediaType)
        let bytes = try await transport.answer(request)
        do {
            return try PartialMetadata(json: bytes)
        } catch {
            throw .undecodable(request: request.summary, reason: "\(error)")
        }
    }

    /// Reads one object's JSON, or that of a part of it.
    public func read(
        _ resource: ResourceType,
        namespace: String?,
        name: String,
        subresource: String? = nil
    ) async throws(ClientError) -> [UInt8] {
        let target = Self.target(resource, namespace: namespace, name: name, subresource: subresource)
        return try await transport.answer(HTTPTransport.Request(target: target))
    }

    private static func target(
        _ resource: ResourceType,
        namespace: String?,
        name: String?,
        subresource: String?
    ) -> String {
        var target = resource.path(namespace: namespace)
        if let name { target += "/\(name.percentEncoded())" }
        if let subresource { target += "/\(subresource)" }
        return target
    }
}
