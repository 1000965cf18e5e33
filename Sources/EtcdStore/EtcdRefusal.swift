import JSON

/// What etcd says where it does not do what it was asked.
struct EtcdRefusal: Error, Hashable {
    /// gRPC's status code: https://grpc.github.io/grpc/core/md_doc_statuscodes.html
    var code: Int
    /// etcd's words: `api/v3rpc/rpctypes/error.go`
    var message: String

    private enum Field: String, CaseIterable { case error, message, code }
    private static let fields = JSONFields<Field>()

    /// The answer's body; what is no JSON is the message.
    init(_ body: [UInt8], status: UInt) {
        code = 2
        message = "HTTP \(status): \(String(decoding: body.prefix(300), as: UTF8.self))"
        var reader = JSONReader(body)
        var said: (code: Int?, message: String?)
        do {
            try reader.beginObject()
            while let field = try reader.nextField(of: Self.fields) {
                switch field {
                case .error, .message: said.message = try reader.readString()
                case .code: said.code = try reader.readInteger()
                }
            }
        } catch {
            return
        }
        if let code = said.code { self.code = code }
        if let message = said.message { self.message = message }
        if said.code == nil, status >= 500 { code = 14 }
    }

    /// Whether it may have happened nevertheless: DEADLINE_EXCEEDED, ABORTED, INTERNAL, UNAVAILABLE, UNKNOWN, CANCELLED.
    var isUnknown: Bool { [1, 2, 4, 10, 13, 14].contains(code) }
    /// The revision is older than what etcd keeps.
    var isCompacted: Bool { message.contains("revision has been compacted") }
    /// The revision is yet to come.
    var isFuture: Bool { message.contains("future revision") }
    /// The member is cut off from the others, and took nothing.
    var hasNoLeader: Bool { message.contains("no leader") }
    /// The lease is no more.
    var isLeaseGone: Bool { message.contains("lease not found") }
}
