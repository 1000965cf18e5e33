public import KubernetesAPI

/// Which part of a container's output is asked for: `v1` `PodLogOptions`.
public struct LogOptions: Sendable, Hashable {
    /// Whether the answer goes on until the container has ended.
    public var follow = false
    /// Whether it is about the container's run before the present one.
    public var previous = false
    /// Only so many lines from the end, 0 or more; nil for all.
    public var tailLines: Int?
    /// Only what was printed in the last so many seconds, 1 or more; nil for all.
    public var sinceSeconds: Int?
    /// Only what was printed at that time or later; nil for all. Never beside ``sinceSeconds``.
    public var sinceTime: Timestamp?
    /// Whether each line begins with the time that it was printed at, and a space.
    public var timestamps = false
    /// The answer ends after so many bytes, 1 or more; nil for all. The server sees to it, too.
    public var limitBytes: Int?

    /// All that the present run has printed so far.
    public init() {}
}
