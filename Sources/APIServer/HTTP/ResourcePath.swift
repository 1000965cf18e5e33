/// What the path of a request means, where it is that of a resource.
///
/// Source: `k8s.io/apiserver/pkg/endpoints/request/requestinfo.go`.
struct ResourcePath: Sendable, Hashable {
    /// The API group; empty for the core group.
    var group: String
    /// Its version.
    var version: String
    /// The plural of the kind.
    var plural: String
    /// Nil where the path has none.
    var namespace: String?
    /// Nil where it is about all objects.
    var name: String?
    /// What follows the name; nil for nothing.
    var subresource: String?
    /// What follows that: the path of `…/proxy/PATH`.
    var rest: [String] = []
    /// Whether the path is one of the old ones for watches, `/api/v1/watch/…`.
    var isWatch = false

    /// Nil for paths that are those of no resource.
    ///
    /// - Parameter segments: The path's, decoded.
    init?(_ segments: [String]) {
        var rest = segments[...]
        switch rest.popFirst() {
        case "api":
            guard let version = rest.popFirst() else { return nil }
            (group, self.version) = ("", version)
        case "apis":
            guard let group = rest.popFirst(), let version = rest.popFirst() else { return nil }
            (self.group, self.version) = (group, version)
        default:
            return nil
        }
        if rest.first == "watch" {
            isWatch = true
            rest.removeFirst()
        }
        guard var plural = rest.popFirst() else { return nil }
        if plural == "namespaces", let namespace = rest.popFirst() {
            self.namespace = namespace
            // `/namespaces/default` and its parts are about the namespace, everything else about what is in it.
            guard let next = rest.first, !Self.partsOfNamespaces.contains(next) else {
                self.plural = plural
                name = namespace
                subresource = rest.popFirst()
                guard rest.isEmpty else { return nil }
                return
            }
            plural = next
            rest.removeFirst()
        }
        self.plural = plural
        name = rest.popFirst()
        subresource = rest.popFirst()
        self.rest = Array(rest)
    }

    private static let partsOfNamespaces: Set<String> = ["status", "finalize"]
}
