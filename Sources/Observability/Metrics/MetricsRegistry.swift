import Synchronization

/// The metrics of one process, and their text for Prometheus (format 0.0.4).
///
/// There is no global registry: who counts gets the metric it increments, who serves gets the registry. Registering a
/// name twice, or one that Prometheus would refuse, is a programming error and traps.
public final class MetricsRegistry: Sendable {
    /// What Prometheus calls the type of a metric.
    public enum Kind: String, Sendable {
        /// Only grows.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts per range of values.
        case histogram
    }

    struct Family: Sendable {
        var help: String
        var kind: Kind
        /// Appends the sample lines; nothing where there is no sample yet.
        var write: @Sendable (inout String) -> Void
    }

    private let families = Mutex<[String: Family]>([:])

    /// A registry without metrics.
    public init() {}

    /// `Content-Type` of the exposition.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    // MARK: Registration

    /// Registers a counter without labels. Its name should end in `_total`.
    public func counter(_ name: String, help: String) -> Counter {
        let counter = Counter()
        register(name, Family(help: help, kind: .counter) { $0.appendSample(name, value: String(counter.value)) })
        return counter
    }

    /// Registers a counter with labels.
    public func counters(_ name: String, help: String, labels: [String]) -> MetricFamily<Counter> {
        let family = MetricFamily(name: name, labels: labels) { Counter() }
        register(
            name,
            Family(help: help, kind: .counter) { text in
                for (values, counter) in family.sortedMembers {
                    text.appendSample(name, Array(zip(labels, values)), value: String(counter.value))
                }
            }
        )
        return family
    }

    /// Registers a gauge without labels.
    public func gauge(_ name: String, help: String) -> Gauge {
        let gauge = Gauge()
        register(name, Family(help: help, kind: .gauge) { $0.appendSample(name, value: gauge.value.exposition) })
        return gauge
    }

    /// Registers a gauge with labels.
    public func gauges(_ name: String, help: String, labels: [String]) -> MetricFamily<Gauge> {
        let family = MetricFamily(name: name, labels: labels) { Gauge() }
        register(
            name,
            Family(help: help, kind: .gauge) { text in
                for (values, gauge) in family.sortedMembers {
                    text.appendSample(name, Array(zip(labels, values)), value: gauge.value.exposition)
                }
            }
        )
        return family
    }

    /// Registers a histogram without labels.
    ///
    /// - Parameter bounds: Upper bounds of the buckets, ascending, without infinity.
    public func histogram(_ name: String, help: String, bounds: [Double]) -> Histogram {
        let histogram = Histogram(bounds: bounds)
        register(name, Family(help: help, kind: .histogram) { $0.appendSamples(name, [], of: histogram) })
        return histogram
    }

    /// Registers a histogram with labels.
    public func histograms(
        _ name: String,
        help: String,
        labels: [String],
        bounds: [Double]
    ) -> MetricFamily<Histogram> {
        let family = MetricFamily(name: name, labels: labels) { Histogram(bounds: bounds) }
        register(
            name,
            Family(help: help, kind: .histogram) { text in
                for (values, histogram) in family.sortedMembers {
                    text.appendSamples(name, Array(zip(labels, values)), of: histogram)
                }
            }
        )
        return family
    }

    /// Registers a counter or gauge whose value is asked for at each exposition; nil leaves it out.
    public func computed(_ name: String, help: String, kind: Kind, value: @escaping @Sendable () -> Double?) {
        register(
            name,
            Family(help: help, kind: kind) { text in
                if let value = value() { text.appendSample(name, value: value.exposition) }
            }
        )
    }

    private func register(_ name: String, _ family: Family) {
        precondition(name.isMetricName, "\(name) is not a name that Prometheus accepts")
        let isNew = families.withLock { $0.updateValue(family, forKey: name) == nil }
        precondition(isNew, "the metric \(name) is registered already")
    }

    // MARK: Exposition

    /// The text of all metrics that have a value, ordered by name.
    public func exposition() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            var samples = ""
            family.write(&samples)
            guard !samples.isEmpty else { continue }
            text += "# HELP \(name) \(family.help.escapedForHelp)\n# TYPE \(name) \(family.kind.rawValue)\n"
            text += samples
        }
        return text
    }
}
