/// A rule: expressions run from left to right, until one does not match or gives a verdict.
public struct Rule: Sendable, Hashable {
    /// The rule's program.
    public var expressions: [Expression]
    /// Shown by `nft list`, at most 127 bytes.
    public var comment: String?

    /// A rule.
    public init(_ expressions: [Expression], comment: String? = nil) {
        self.expressions = expressions
        self.comment = comment
    }
}

/// A rule that the kernel holds, and the number by which it is deleted.
public struct InstalledRule: Sendable, Hashable {
    /// Unique in its table, never used again (`NFTA_RULE_HANDLE`).
    public var handle: UInt64
    /// The rule.
    public var rule: Rule

    /// A rule with its handle.
    public init(handle: UInt64, rule: Rule) {
        self.handle = handle
        self.rule = rule
    }
}
