import JSON
import KubernetesAPI

/// A pod's quality of service (upstream's `ComputePodQOS`).
enum ResourceClass {
    /// `Guaranteed` where every container has equal requests and limits of both, `BestEffort` where none has any,
    /// `Burstable` otherwise.
    static func of(_ pod: PodSpecification) -> String {
        var hasAny = false
        var isGuaranteed = true
        for container in pod.allContainers {
            let resources = container.object["resources"]
            for name in ["cpu", "memory"] {
                let limit = amount(resources, "limits", name)
                let request = amount(resources, "requests", name) ?? limit
                if limit != nil || request != nil { hasAny = true }
                if limit == nil || limit != request { isGuaranteed = false }
            }
        }
        return hasAny ? (isGuaranteed ? "Guaranteed" : "Burstable") : "BestEffort"
    }

    /// An amount that is more than nothing.
    static func amount(_ resources: JSONValue?, _ kind: String, _ name: String) -> Quantity? {
        let value = resources?[kind]?[name]
        let text: String? =
            switch value {
            case .string(let text)?: text
            case .number(let text)?: text
            default: nil
            }
        return text.flatMap { Quantity($0) }.flatMap { $0.thousandths > 0 ? $0 : nil }
    }
}
