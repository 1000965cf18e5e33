import APIRegistry
import JSON
import KubernetesAPI

// Parts of pods and nodes that the node answers for: what is asked of it.

extension ResourceHandler {
    /// Finds the node and says what is to be asked of it.
    func askNode(
        _ request: APIRequest,
        _ target: Target,
        _ part: Subresource
    ) async throws(Refusal) -> Reply {
        guard let name = target.name, part.verbs.contains(request.method == "POST" ? "create" : "get"),
            ["GET", "HEAD", "POST"].contains(request.method)
        else { throw .methodNotAllowed }
        let object = try await objects.get(target.kind, namespace: target.namespace, name: name).value ?? .null
        switch part {
        case .log: return try await log(request, name, object)
        case .exec: return try await exec(request, name, object)
        case .proxy: return try proxy(request, target.rest, object)
        case .attach, .portforward:
            throw .badRequest(
                "\(part.rawValue) is not served by the nodes of this cluster: kubectl exec and kubectl logs are, and "
                    + "pods can be reached by their addresses"
            )
        case .status, .scale, .binding, .token, .eviction, .finalize: throw .methodNotAllowed
        }
    }

    private func log(_ request: APIRequest, _ name: String, _ pod: JSONValue) async throws(Refusal) -> Reply {
        let options: PodLogOptions
        do throws(PodLogOptions.Problem) {
            options = try PodLogOptions(request.query)
        } catch {
            throw Self.refusal(of: error)
        }
        let container = try PodContainer.name(request.query["container"] ?? "", in: pod)
        // As upstream: a pod without a node has printed nothing.
        guard let endpoint = try await endpoint(of: pod) else { return Reply(text: "") }
        let target = Self.target("containerLogs", pod, container, options.query)
        return try reply(NodeCall(endpoint: endpoint, target: target))
    }

    private func exec(_ request: APIRequest, _ name: String, _ pod: JSONValue) async throws(Refusal) -> Reply {
        let container = try PodContainer.name(request.query["container"] ?? "", in: pod)
        guard let endpoint = try await endpoint(of: pod) else {
            throw .badRequest("pod \(name) does not have a host assigned")
        }
        // Asked last, so that an old client is told first what is wrong with the pod.
        guard let upgrade = request.upgrade, upgrade.isWebSocket, request.method == "GET" else {
            if request.upgrade?.isSPDY == true {
                throw .badRequest(
                    "exec over SPDY is not served: use kubectl 1.31 or later, which has WebSockets, or `trama lab exec`"
                )
            }
            throw .badRequest(
                "Upgrade request required: exec needs a WebSocket (v5.channel.k8s.io or v4.channel.k8s.io)"
            )
        }
        var query = QueryParameters()
        for (ours, theirs) in [("stdin", "input"), ("stdout", "output"), ("stderr", "error"), ("tty", "tty")] {
            if request.query.isSet(ours) { query.append(theirs, "1") }
        }
        for argument in request.query.all("command") { query.append("command", argument) }
        guard query["command"] != nil else {
            throw .badRequest("you must specify at least 1 command for the container")
        }
        guard query["input"] ?? query["output"] ?? query["error"] != nil else {
            throw .badRequest("you must specify at least 1 of stdin, stdout, stderr")
        }
        let target = Self.target("exec", pod, container, query)
        return try reply(NodeCall(endpoint: endpoint, target: target, upgrade: upgrade))
    }

    private func proxy(_ request: APIRequest, _ path: [String], _ node: JSONValue) throws(Refusal) -> Reply {
        guard request.upgrade == nil else { throw .badRequest("upgrades are not handed on through nodes/proxy") }
        var target = "/" + path.map { QueryParameters.encode($0) }.joined(separator: "/")
        if !request.query.items.isEmpty { target += "?\(request.query.text)" }
        return try reply(NodeCall(endpoint: try NodeEndpoint(node), target: target))
    }

    private func reply(_ call: NodeCall) throws(Refusal) -> Reply {
        guard asksNodes else {
            throw .badRequest("this API server has no certificate to ask nodes with, so only the node can tell")
        }
        return Reply(contentType: "text/plain", body: .node(call))
    }

    /// Where the pod's node serves; nil where it has no node yet.
    private func endpoint(of pod: JSONValue) async throws(Refusal) -> NodeEndpoint? {
        guard let name = pod["spec"]?["nodeName"]?.string, !name.isEmpty else { return nil }
        guard let kind = objects.kinds.kind(group: "", version: "v1", plural: "nodes") else { throw .unknownPath }
        return try NodeEndpoint(try await objects.get(kind, namespace: nil, name: name).value ?? .null)
    }

    private static func target(
        _ verb: String,
        _ pod: JSONValue,
        _ container: String,
        _ query: QueryParameters
    ) -> String {
        let metadata = pod["metadata"]
        let parts = [metadata?["namespace"]?.string ?? "", metadata?["name"]?.string ?? "", container]
        let path = "/\(verb)/" + parts.map { QueryParameters.encode($0) }.joined(separator: "/")
        return query.items.isEmpty ? path : "\(path)?\(query.text)"
    }

    private static func refusal(of problem: PodLogOptions.Problem) -> Refusal {
        let error: FieldError
        switch problem {
        case .malformed: return .badRequest(problem.message)
        case .outOfRange(let field, let value, let words):
            error = FieldError(FieldPath().field(field), .invalid, value: .number("\(value)"), words)
        case .forbidden(let field, let words):
            error = FieldError(FieldPath().field(field), .forbidden, words)
        }
        return .invalid(QualifiedName(group: "", name: "PodLogOptions"), name: "", [error])
    }
}
