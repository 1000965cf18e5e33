/// What routing asks of one endpoint, as seen from this node.
struct EndpointState: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    /// Takes new connections (`conditions.ready`, true where absent).
    static let ready = EndpointState(rawValue: 1 << 0)
    /// Answers, though it may be shutting down (`conditions.serving`, true where absent).
    static let serving = EndpointState(rawValue: 1 << 1)
    /// Is shutting down (`conditions.terminating`).
    static let terminating = EndpointState(rawValue: 1 << 2)
    /// Runs on this node.
    static let local = EndpointState(rawValue: 1 << 3)
    /// Is meant for certain nodes (`hints.forNodes` is not empty).
    static let nodeHints = EndpointState(rawValue: 1 << 4)
    /// Is meant for this node.
    static let forThisNode = EndpointState(rawValue: 1 << 5)
    /// Is meant for certain zones (`hints.forZones` is not empty).
    static let zoneHints = EndpointState(rawValue: 1 << 6)
    /// Is meant for this node's zone.
    static let forThisZone = EndpointState(rawValue: 1 << 7)

    /// Shutting down, but still answering: used where nothing is ready.
    var isServingTerminating: Bool { contains([.serving, .terminating]) }

    /// Whether a connection may be sent to it in some situation.
    var isUsable: Bool { contains(.ready) || isServingTerminating }

    /// Which of two entries for one backend counts; the greater.
    ///
    /// A terminating entry loses: when a pod's address is used again, the old pod's entry may still be there
    /// (kubernetes/kubernetes#135593).
    var precedence: UInt8 {
        (contains(.terminating) ? 0 : 8) | (contains(.ready) ? 4 : 0) | (contains(.serving) ? 2 : 0)
            | (contains(.local) ? 1 : 0)
    }
}
