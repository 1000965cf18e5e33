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

    /// Makes room for that many Services.
    mutating func reserveCapacity(_ count: Int) {
        order.reserveCapacity(count)
        touches.reserveCapacity(count)
    }

    /// Marks a Service.
    mutating func touch(_ key: ObjectKey) {
        if Self.begin(&touches[key]) { order.append(key) }
    }

    /// Marks a Service whose object was `before`, at the first change in this batch.
    mutating func touchSpec(_ key: ObjectKey, before: ServiceSpec?) {
        if Self.begin(&touches[key], specBefore: before) { order.append(key) }
    }

    /// Marks a Service in its place in the dictionary, which is thus looked up once.
    ///
    /// - Returns: Whether it was not yet marked.
    private static func begin(_ touch: inout Touch?) -> Bool {
        guard touch == nil else { return false }
        touch = Touch()
        return true
    }

    private static func begin(_ touch: inout Touch?, specBefore: ServiceSpec?) -> Bool {
        let isNew = begin(&touch)
        if touch?.isSpecTouched == false {
            touch?.isSpecTouched = true
            touch?.specBefore = specBefore
        }
        return isNew
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
