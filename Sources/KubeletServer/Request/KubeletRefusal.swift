/// Why the kubelet's server does not do what a request asks; the answer is its message as text.
struct KubeletRefusal: Error, Sendable, Hashable {
    /// The HTTP status.
    var status: Int
    /// For people.
    var message: String

    /// A refusal from its parts.
    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    /// Who asks showed no certificate, or one that names nobody.
    static let unauthorized = KubeletRefusal(401, "Unauthorized")
    /// The path is that of nothing.
    static let notFound = KubeletRefusal(404, "404 page not found")
    /// The path does not have this method.
    static let methodNotAllowed = KubeletRefusal(405, "405 method not allowed")

    /// What the node says.
    init(_ error: PodAccessError) {
        switch error.reason {
        case .notFound: self.init(404, error.message)
        case .badRequest: self.init(400, error.message)
        case .failed: self.init(500, error.message)
        }
    }
}
