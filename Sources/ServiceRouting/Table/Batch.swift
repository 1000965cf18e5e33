import KubernetesAPI

/// What one call to a ``RoutingTable`` has touched so far.
struct Batch {
    /// A Service that must be evaluated again.
    struct Touch {
        /// What it was before, if ``isSpecTouched``.
        var specBefore: ServiceSpec?
        /// Whether the Service object changed.
        var isSpecTouched = false
        /// When the changes of its slices began.
        var triggerTimes: [Timestamp] = []
    }

    /// The touched Services, in the order of the first touch.
    private(set) var order: [ObjectKey] = []
    /// What is known of each.
    private(set) var touches: [ObjectKey: Touch] = [:]
    /// Whether the node addresses that serve NodePorts changed.
    var areNodePortsStale = false
    var serviceChangeCount = 0
    var endpointSliceChangeCount = 0

    /// Marks a Service.
    mutating func touch(_ key: ObjectKey) {
        guard touches[key] == nil else { return }
        touches[key] = Touch()
        order.append(key)
    }

    /// Marks a Service whose object was `before`, at the first change in this batch.
    mutating func touchSpec(_ key: ObjectKey, before: ServiceSpec?) {
        touch(key)
        guard touches[key]?.isSpecTouched == false else { return }
        touches[key]?.isSpecTouched = true
        touches[key]?.specBefore = before
    }

    /// Remembers when a change of the Service's endpoints began.
    mutating func addTriggerTime(_ time: Timestamp, to key: ObjectKey) {
        touches[key]?.triggerTimes.append(time)
    }

    /// The touched Services with what is known of each, in the order of the first touch.
    var orderedTouches: some Sequence<(ObjectKey, Touch)> {
        order.lazy.map { ($0, touches[$0] ?? Touch()) }
    }
}
