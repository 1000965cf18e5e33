import JSON

/// How reliably a pod has what it asks for, which decides who goes first where a node runs short.
///
/// Source: `pkg/apis/core/helper/qos/qos.go`.
enum PodQuality {
    private static let resources: Set<String> = ["cpu", "memory"]

    /// `Guaranteed`, `Burstable` or `BestEffort`.
    static func quality(of spec: ObjectView) -> String {
        var (requests, limits): ([String: Int128], [String: Int128]) = ([:], [:])
        var isGuaranteed = true
        for container in spec.containers.elements + spec.initContainers.elements {
            add(container.resources.requests, to: &requests)
            let found = add(container.resources.limits, to: &limits)
            if found != resources { isGuaranteed = false }
        }
        if requests.isEmpty, limits.isEmpty { return "BestEffort" }
        return isGuaranteed && requests == limits ? "Guaranteed" : "Burstable"
    }

    /// Adds amounts up, and tells of what there are any.
    @discardableResult
    private static func add(_ amounts: ObjectView, to sums: inout [String: Int128]) -> Set<String> {
        var found: Set<String> = []
        for (name, value) in amounts.members where resources.contains(name) {
            guard let quantity = ResourceQuantity(value.json), quantity.billionths > 0 else { continue }
            found.insert(name)
            let (sum, overflow) = sums[name, default: 0].addingReportingOverflow(quantity.billionths)
            sums[name] = overflow ? .max : sum
        }
        return found
    }
}
