import APIAccess
import NIOHTTP1

/// Decides of a request what it asks for, and whether who asks may.
struct KubeletGate: Sendable {
    /// Whose pods are served.
    let nodeName: String
    let authorizer: any Authorizer

    /// What a request asks for.
    ///
    /// - Parameter certificate: The client's in DER, whose authority was checked in the handshake; nil for none.
    func admit(_ head: HTTPRequestHead, certificate: [UInt8]?) throws(KubeletRefusal) -> KubeletRequest {
        guard let certificate, let identity = RequestIdentity(certificate: certificate) else { throw .unauthorized }
        let request = try KubeletRequest(method: head.method.rawValue, target: head.uri)
        let verb = head.method == .POST ? "create" : "get"
        let attributes = RequestAttributes(
            identity: identity,
            verb: verb,
            target: .resource(
                group: "",
                plural: "nodes",
                subresource: request.subresource,
                namespace: "",
                name: nodeName
            )
        )
        if case .denied(let reason) = authorizer.decide(attributes) {
            throw KubeletRefusal(
                403,
                "Forbidden (user=\(identity.user), verb=\(verb), resource=nodes, subresource=\(request.subresource)): \(reason)"
            )
        }
        return request
    }

    /// How streams of a command are told apart on that request's WebSocket; nil where it asks for none that is known.
    static func streamProtocol(_ head: HTTPRequestHead) -> StreamProtocol? {
        guard head.method == .GET else { return nil }
        return StreamProtocol(offered: head.headers[canonicalForm: "Sec-WebSocket-Protocol"].map { String($0) })
    }

    /// Why a command's streams are not carried as the request asks.
    static func refusal(ofUpgrade head: HTTPRequestHead) -> KubeletRefusal {
        let upgrades = head.headers[canonicalForm: "Upgrade"].map { $0.lowercased() }
        if upgrades.contains(where: { $0.hasPrefix("spdy") }) {
            return KubeletRefusal(
                400,
                "exec over SPDY is not served: use kubectl 1.31 or later, which has WebSockets, or `trama lab exec`"
            )
        }
        let known = StreamProtocol.allCases.map(\.rawValue).joined(separator: ", ")
        return KubeletRefusal(
            400,
            "you must ask for an upgrade to a WebSocket as the first request of a connection, with one of the protocols \(known)"
        )
    }
}
