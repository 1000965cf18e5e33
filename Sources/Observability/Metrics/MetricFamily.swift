import Synchronization

/// The metrics of one name that differ in the values of their labels.
///
/// A member appears in the exposition from its first look-up on; members are never removed, so label values must come
/// from a small closed set.
public final class MetricFamily<Metric: Sendable>: Sendable {
    /// Name of the metric.
    public let name: String
    /// Names of the labels.
    public let labels: [String]
    private let make: @Sendable () -> Metric
    private let members = Mutex<[[String]: Metric]>([:])

    init(name: String, labels: [String], make: @escaping @Sendable () -> Metric) {
        self.name = name
        self.labels = labels
        self.make = make
    }

    /// The member with these label values, in the order of ``labels``; keep it where it is used often.
    public func with(_ values: String...) -> Metric {
        precondition(values.count == labels.count, "\(name) has the labels \(labels), not \(values.count)")
        return members.withLock { members in
            if let member = members[values] { return member }
            let member = make()
            members[values] = member
            return member
        }
    }

    /// The members, ordered by their label values.
    var sortedMembers: [(values: [String], metric: Metric)] {
        let members = members.withLock { $0 }
        return members.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { (values: $0.key, metric: $0.value) }
    }
}
