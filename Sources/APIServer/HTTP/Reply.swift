import APIRegistry
import KubernetesAPI
import NIOCore

/// An answer to a request, before it is written.
struct Reply: Sendable {
    /// The HTTP status.
    var status: Int
    /// `Content-Type`; nil where there is no body.
    var contentType: String?
    /// Further headers.
    var headers: [(name: String, value: String)] = []
    /// What clients should know, though the request was done.
    var warnings: [String] = []
    /// The body.
    var body: Body

    /// The body of an answer.
    enum Body: Sendable {
        /// None.
        case none
        /// Bytes.
        case bytes([UInt8])
        /// A list, made while it is sent.
        case list(ListBody)
        /// A watch, which goes on.
        case watch(WatchReply)
        /// The only event of a watch that cannot begin; sent in chunks, as every other watch is.
        case event(ByteBuffer)
        /// What a node answers, handed on.
        case node(NodeCall)

        /// How many bytes it has; nil where that is not known before it is made.
        var byteCount: Int? {
            switch self {
            case .none: 0
            case .bytes(let bytes): bytes.count
            case .list(let list): list.byteCount
            case .watch, .event, .node: nil
            }
        }
    }

    /// An answer that is there as a whole.
    init(status: Int = 200, contentType: String, _ bytes: [UInt8]) {
        self.status = status
        self.contentType = contentType
        body = .bytes(bytes)
    }

    /// Text.
    init(status: Int = 200, text: String) {
        self.init(status: status, contentType: "text/plain; charset=utf-8", Array(text.utf8))
        headers = [("X-Content-Type-Options", "nosniff")]
    }

    /// An answer whose body is made while it is sent.
    init(status: Int = 200, contentType: String, body: Body) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}
