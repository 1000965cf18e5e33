/// An endpoint of an EndpointSlice (`endpoints[]`).
public struct Endpoint: Sendable, Hashable {
    /// Its addresses, all of the slice's type and all of the same endpoint; consumers use the first.
    public var addresses: [String]
    /// Its name among the Service's endpoints; nil where it has none of its own.
    public var hostname: String?
    /// Whether it is to get new traffic; nil means yes.
    public var ready: Bool?
    /// Whether it can answer, even where it is on its way out; nil means yes.
    public var serving: Bool?
    /// Whether it is on its way out; nil means no.
    public var terminating: Bool?
    /// The node it runs on; nil where that is not known.
    public var nodeName: String?
    /// The zone it runs in; nil where that is not known.
    public var zone: String?
    /// Who should use it.
    public var hints: EndpointHints

    /// An endpoint from its parts.
    public init(
        addresses: [String] = [],
        hostname: String? = nil,
        ready: Bool? = nil,
        serving: Bool? = nil,
        terminating: Bool? = nil,
        nodeName: String? = nil,
        zone: String? = nil,
        hints: EndpointHints = EndpointHints()
    ) {
        self.addresses = addresses
        self.hostname = hostname
        self.ready = ready
        self.serving = serving
        self.terminating = terminating
        self.nodeName = nodeName
        self.zone = zone
        self.hints = hints
    }
}

/// Who should use an endpoint (`endpoints[].hints`).
public struct EndpointHints: Sendable, Hashable {
    /// Clients in these zones; empty for no hint.
    public var forZones: [String]
    /// Clients on these nodes; empty for no hint.
    public var forNodes: [String]

    /// Hints from their parts.
    public init(forZones: [String] = [], forNodes: [String] = []) {
        self.forZones = forZones
        self.forNodes = forNodes
    }
}
