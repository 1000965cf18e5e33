import Addressing
import NFTables

/// The sets of address ranges that hold a handful of prefixes and are written whole.
enum IntervalSet: CaseIterable {
    case serviceCIDRs
    case podPrefixes

    /// Name of the nftables set.
    var name: String {
        switch self {
        case .serviceCIDRs: "service-cidrs"
        case .podPrefixes: "pod-cidrs"
        }
    }

    /// Where the planner's state holds its content.
    var path: WritableKeyPath<DataplaneState, [IPPrefix]> {
        switch self {
        case .serviceCIDRs: \.serviceCIDRs
        case .podPrefixes: \.podPrefixes
        }
    }

    /// Reads the elements of such a set back into prefixes; nil where they are no list of prefixes.
    static func prefixes(of elements: [Element], family: IPFamily) -> [IPPrefix]? {
        var bounds: [(address: IPAddress, isEnd: Bool)] = []
        for element in elements {
            guard let address = IPAddress(networkBytes: element.key.bytes) else { return nil }
            bounds.append((address, element.isIntervalEnd))
        }
        // Where one interval ends and the next begins at the same address, the end comes first.
        bounds.sort { ($0.address, $0.isEnd ? 0 : 1) < ($1.address, $1.isEnd ? 0 : 1) }
        // The kernel's dump may begin with an end at the lowest address, which closes nothing.
        var prefixes: [IPPrefix] = []
        var start: IPAddress?
        for bound in bounds {
            if bound.isEnd {
                guard let first = start else { continue }
                guard let prefix = IPPrefix(from: first, before: bound.address) else { return nil }
                prefixes.append(prefix)
                start = nil
            } else {
                guard start == nil else { return nil }
                start = bound.address
            }
        }
        if let first = start {
            guard let prefix = IPPrefix(from: first, before: nil) else { return nil }
            prefixes.append(prefix)
        }
        return prefixes
    }
}

extension IPPrefix {
    /// The prefix that begins at `first` and ends just before `end` (nil: at the last address of all); nil where that is none.
    init?(from first: IPAddress, before end: IPAddress?) {
        for length in 0...first.family.bitCount {
            guard let prefix = IPPrefix(first, length: length) else { return nil }
            if prefix.address == first, prefix.lastAddress.successor == end {
                self = prefix
                return
            }
        }
        return nil
    }
}
