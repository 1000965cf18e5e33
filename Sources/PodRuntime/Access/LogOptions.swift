public import KubernetesAPI

/// Which part of a container's log is wanted: `PodLogOptions` of the API.
public struct LogOptions: Sendable, Hashable {
    /// Whether to go on with what is written later, until the container ends.
    public var follows: Bool
    /// The last so many lines; nil for all.
    public var tailLines: Int?
    /// Only lines written at that time or later.
    public var since: Timestamp?
    /// Whether each line begins with its time.
    public var hasTimestamps: Bool
    /// Whether the container before this one is meant.
    public var isPrevious: Bool
    /// At most so many bytes; nil for all.
    public var limitBytes: Int?

    /// Options from their parts; without any, the whole log so far.
    public init(
        follows: Bool = false,
        tailLines: Int? = nil,
        since: Timestamp? = nil,
        hasTimestamps: Bool = false,
        isPrevious: Bool = false,
        limitBytes: Int? = nil
    ) {
        self.follows = follows
        self.tailLines = tailLines
        self.since = since
        self.hasTimestamps = hasTimestamps
        self.isPrevious = isPrevious
        self.limitBytes = limitBytes
    }
}
