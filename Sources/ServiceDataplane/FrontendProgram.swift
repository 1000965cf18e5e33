public import Addressing
public import ServiceRouting

/// Everything that the kernel holds for one frontend, in our terms.
///
/// It is both what a ``Route`` asks for and what a dump of the table says is there; the difference of two programs is what a
/// transaction has to change.
public struct FrontendProgram: Hashable, Sendable {
    /// Where its element in the map `frontends` leads; nil without such an element.
    public var dispatch: ClassChain?
    /// The endpoints in the map `endpoints`, by slot.
    public var slots: [Backend] = []
    /// The endpoints in the map `local-endpoints`, by slot.
    public var localSlots: [Backend] = []
    /// Its element in the map `no-endpoints`.
    public var unserved: Route.Refusal?
    /// Comment of its elements: `namespace/name:port`.
    public var label = ""
    /// The chain that records new connections, where it has session affinity.
    public var recordChain: RecordChain?
    /// Whether it is in the set `filtered-frontends`: only ``allowedSources`` are let through.
    public var isFiltered = false
    /// Its ranges in the set `allowed-sources`, sorted, none in another.
    public var allowedSources: [IPPrefix] = []

    /// A program that holds nothing.
    public init() {}

    /// What a route asks for.
    public init(_ route: Route, configuration: DataplaneConfiguration) {
        label = route.service.description.kernelComment ?? ""
        slots = route.endpoints
        localSlots = route.localEndpoints
        unserved = route.unserved
        isFiltered = route.sourceRanges != nil
        allowedSources = IPPrefix.withoutNested(route.sourceRanges ?? [])
        let sticky = route.affinityTimeout.map { _ in StickyService(route.service) }
        switch route.kind {
        case .internal:
            guard !slots.isEmpty else { break }
            let map = sticky?.map(route.endpointsAreLocal ? .local : .cluster)
            if configuration.masqueradeAll {
                dispatch = .external(count: slots.count, sticky: map)
            } else if configuration.podDetector == .none {
                dispatch = .balance(.cluster, count: slots.count, sticky: map)
            } else {
                dispatch = .internal(count: slots.count, sticky: map)
            }
            recordChain = map.map { .always($0) }
        case .external:
            guard !slots.isEmpty else { break }
            let map = sticky?.map(.cluster)
            dispatch = .external(count: slots.count, sticky: map)
            recordChain = map.map { .always($0) }
        case .externalLocal:
            guard !slots.isEmpty || !localSlots.isEmpty else { break }
            dispatch = .externalLocal(cluster: slots.count, local: localSlots.count, sticky: sticky)
            recordChain = sticky.map { .bySource($0) }
        }
    }

    /// The endpoints of one list, by slot.
    public subscript(list: SlotList) -> [Backend] {
        get { list == .cluster ? slots : localSlots }
        set {
            switch list {
            case .cluster: slots = newValue
            case .local: localSlots = newValue
            }
        }
    }
}

/// Where a new connection of an affine frontend is recorded.
public enum RecordChain: Hashable, Sendable {
    /// In this map.
    case always(StickyMap)
    /// In the cluster or the local map, by who the client is: `externalTrafficPolicy: Local`.
    case bySource(StickyService)

    /// Name of the chain.
    public var name: String {
        switch self {
        case .always(let map): map.recordChainName
        case .bySource(let service): "record-\(service.name)-by-source"
        }
    }

    /// Parses ``name``.
    public init?(name: String) {
        guard name.hasPrefix("record-") else { return nil }
        let rest = name.dropFirst("record-".count)
        if rest.hasSuffix("-by-source") {
            guard let service = StickyService(name: rest.dropLast("-by-source".count)) else { return nil }
            self = .bySource(service)
        } else {
            guard let map = StickyMap(name: rest) else { return nil }
            self = .always(map)
        }
    }

    /// The maps that it records in.
    var maps: Set<StickyMap> {
        switch self {
        case .always(let map): [map]
        case .bySource(let service): Set(SlotList.allCases.map { service.map($0) })
        }
    }

    /// The map that clients of a frontend's list of endpoints are recorded in.
    func map(of list: SlotList) -> StickyMap {
        switch self {
        case .always(let map): map
        case .bySource(let service): service.map(list)
        }
    }

    /// Whose affinity it records.
    public var service: StickyService {
        switch self {
        case .always(let map): map.service
        case .bySource(let service): service
        }
    }
}

extension IPPrefix {
    /// The prefixes without those that lie in another, sorted: what a set of intervals can hold, since two prefixes either
    /// nest or do not touch.
    static func withoutNested(_ prefixes: [IPPrefix]) -> [IPPrefix] {
        var kept: [IPPrefix] = []
        for prefix in prefixes.sorted() {
            // Sorted by first address with the wider first, so only the last kept one can hold this one.
            if let last = kept.last, last.length <= prefix.length, last.contains(prefix.address) { continue }
            kept.append(prefix)
        }
        return kept
    }
}
