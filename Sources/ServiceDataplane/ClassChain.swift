/// A chain shared by all frontends of one shape: how many endpoints they have and who is masqueraded.
///
/// A chain's name says its shape, so its rules follow from the name and the configuration; nothing about single Services
/// stands in any rule but the rules of session affinity.
public enum ClassChain: Hashable, Sendable {
    /// Picks one of `count` slots of a list and rewrites the destination; with a sticky map, the client's recorded endpoint
    /// comes first.
    case balance(SlotList, count: Int, sticky: StickyMap?)
    /// ClusterIP: masquerades what does not come from a pod, then balances over the cluster list.
    case `internal`(count: Int, sticky: StickyMap?)
    /// External address: always masquerades, then balances over the cluster list.
    case external(count: Int, sticky: StickyMap?)
    /// External address with `externalTrafficPolicy: Local`: pods and the node itself go to the cluster list, all others to
    /// the local list with their source address kept. A count of 0 leaves that way out.
    case externalLocal(cluster: Int, local: Int, sticky: StickyService?)

    /// The chain's name, for example `internal-3`.
    public var name: String {
        let suffix = stickyName.map { "-" + $0 } ?? ""
        return switch self {
        case .balance(.cluster, let count, _): "lb-\(count)" + suffix
        case .balance(.local, let count, _): "local-lb-\(count)" + suffix
        case .internal(let count, _): "internal-\(count)" + suffix
        case .external(let count, _): "external-\(count)" + suffix
        case .externalLocal(let cluster, let local, _): "external-local-\(cluster)-\(local)" + suffix
        }
    }

    /// Parses ``name``; nil for the name of anything else.
    public init?(name: String) {
        var shape = Substring(name)
        var suffix: Substring?
        // "-sticky-" cannot be part of a shape, and occurs once.
        if let start = name.firstRange(of: "-sticky-") {
            shape = name[..<start.lowerBound]
            suffix = name[name.index(after: start.lowerBound)...]
        }
        func numbers(after prefix: String, _ count: Int) -> [Int]? {
            guard shape.hasPrefix(prefix) else { return nil }
            let fields = shape.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)
            let values = fields.compactMap { Int($0) }.filter { $0 >= 0 }
            return values.count == count && fields.count == count ? values : nil
        }
        let sticky = suffix.flatMap { StickyMap(name: $0) }
        guard (sticky == nil) == (suffix == nil) else { return nil }
        if let counts = numbers(after: "lb-", 1) {
            self = .balance(.cluster, count: counts[0], sticky: sticky)
        } else if let counts = numbers(after: "local-lb-", 1) {
            self = .balance(.local, count: counts[0], sticky: sticky)
        } else if let counts = numbers(after: "internal-", 1) {
            self = .internal(count: counts[0], sticky: sticky)
        } else if let counts = numbers(after: "external-local-", 2) {
            guard sticky?.list != .local else { return nil }
            self = .externalLocal(cluster: counts[0], local: counts[1], sticky: sticky?.service)
        } else if let counts = numbers(after: "external-", 1) {
            self = .external(count: counts[0], sticky: sticky)
        } else {
            return nil
        }
        guard self.name == name else { return nil }
    }

    private var stickyName: String? {
        switch self {
        case .balance(_, _, let sticky), .internal(_, let sticky), .external(_, let sticky): sticky?.name
        case .externalLocal(_, _, let sticky): sticky?.name
        }
    }

    /// The chains that its rules go to; they must exist first.
    public var successors: [ClassChain] {
        switch self {
        case .balance(_, _, nil):
            []
        case .balance(let list, let count, .some):
            [.balance(list, count: count, sticky: nil)]
        case .internal(let count, let sticky), .external(let count, let sticky):
            [.balance(.cluster, count: count, sticky: sticky)]
        case .externalLocal(let cluster, let local, let sticky):
            (cluster > 0 ? [.balance(.cluster, count: cluster, sticky: sticky?.map(.cluster))] : [])
                + (local > 0 ? [.balance(.local, count: local, sticky: sticky?.map(.local))] : [])
        }
    }

    /// The ServicePort whose sticky maps its rules, or those it goes to, look into; the maps must exist first.
    public var stickyService: StickyService? {
        switch self {
        case .balance(_, _, let sticky), .internal(_, let sticky), .external(_, let sticky): sticky?.service
        case .externalLocal(_, _, let sticky): sticky
        }
    }
}
