import HTTPTypes

/// What a client wants its connection to become (RFC 9110, section 7.8).
struct UpgradeRequest: Sendable, Hashable {
    /// Such as `websocket` or `spdy/3.1`, in lower case.
    var name: String
    /// The headers that a WebSocket begins with, as they were sent.
    var headers: [Header] = []

    /// A header.
    struct Header: Sendable, Hashable {
        var name: String
        var value: String
    }

    /// What is handed on to the node.
    private static let names = ["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol"]

    /// Nil where the connection is to stay what it is.
    init?(_ fields: HTTPFields) {
        guard let name = HTTPField.Name("Upgrade").flatMap({ fields[$0] }), !name.isEmpty else { return nil }
        self.name = name.lowercased()
        for name in Self.names {
            guard let field = HTTPField.Name(name) else { continue }
            headers += fields[values: field].map { Header(name: name, value: $0) }
        }
    }

    /// Whether it is to be a WebSocket.
    var isWebSocket: Bool { name == "websocket" }
    /// Whether it is to speak SPDY, which nobody but old clients of Kubernetes does.
    var isSPDY: Bool { name.hasPrefix("spdy") }
}
