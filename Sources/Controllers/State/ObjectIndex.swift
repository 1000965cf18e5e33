import KubernetesAPI

/// What an ``ObjectTable`` keeps of its objects besides, brought up to date with each change.
protocol ObjectIndex<Object>: Sendable {
    associatedtype Object: KubernetesObject

    /// Takes a change in; one of both is there.
    mutating func take(old: Object?, new: Object?)
}
