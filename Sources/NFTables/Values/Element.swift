/// An element of a set or map.
///
/// An interval of a set over one field is two elements: one where it begins, and one with ``isIntervalEnd`` at the
/// first value after it (absent where the interval reaches the last value). An interval of a concatenation is one
/// element, with ``keyEnd``. See ``interval(_:value:comment:)``.
public struct Element: Sendable, Hashable {
    /// What a map's element leads to.
    public enum Value: Sendable, Hashable {
        /// A member of a set: nothing.
        case none
        /// Of a verdict map.
        case verdict(Verdict)
        /// Of a map.
        case data(RegisterValue)
    }

    /// The key, or the first key of a range; empty for ``isCatchAll``.
    public var key: RegisterValue
    /// What the key leads to.
    public var value: Value
    /// Shown by `nft list`, at most 127 bytes.
    public var comment: String?
    private var range: Indirect = .none
    private var flags: Flags = []
    /// Milliseconds, 0 for none.
    private var timeoutMilliseconds: UInt64 = 0
    private var expirationMilliseconds: UInt64 = 0

    /// An element.
    ///
    /// - Parameters:
    ///   - key: The key, or the first of a range.
    ///   - keyEnd: The last key of the range, inclusive and field by field (concatenations with intervals only).
    ///   - value: What it leads to, in a map.
    ///   - timeout: How long it stays; nil for the set's own.
    ///   - comment: At most 127 bytes.
    public init(
        _ key: RegisterValue,
        through keyEnd: RegisterValue? = nil,
        value: Value = .none,
        timeout: Duration? = nil,
        comment: String? = nil
    ) {
        self.key = key
        self.value = value
        self.comment = comment
        self.keyEnd = keyEnd
        self.timeout = timeout
    }

    /// The last key of the range, inclusive and field by field (concatenations with intervals only).
    public var keyEnd: RegisterValue? {
        get { range.value }
        set { range = newValue.map { .some($0) } ?? .none }
    }

    /// Whether an interval that began at an earlier element ends before this key.
    public var isIntervalEnd: Bool {
        get { flags.contains(.intervalEnd) }
        set { if newValue { flags.insert(.intervalEnd) } else { flags.remove(.intervalEnd) } }
    }

    /// Whether it matches whatever no other element matches; the key is then empty. Linux 5.13.
    public var isCatchAll: Bool {
        get { flags.contains(.catchAll) }
        set { if newValue { flags.insert(.catchAll) } else { flags.remove(.catchAll) } }
    }

    /// How long it stays, in whole milliseconds; nil for the set's own time, or for ever.
    public var timeout: Duration? {
        get { timeoutMilliseconds == 0 ? nil : .milliseconds(timeoutMilliseconds) }
        set { timeoutMilliseconds = newValue?.wholeMilliseconds ?? 0 }
    }

    /// How long it will still stay, in whole milliseconds; only in what was read from the kernel, or to restore it.
    public var expiration: Duration? {
        get { expirationMilliseconds == 0 ? nil : .milliseconds(expirationMilliseconds) }
        set { expirationMilliseconds = newValue?.wholeMilliseconds ?? 0 }
    }

    /// The element without the time that is left: what two readings of one element have in common.
    public var withoutExpiration: Element {
        var copy = self
        copy.expirationMilliseconds = 0
        return copy
    }

    /// Flags as the kernel has them (`NFT_SET_ELEM_*`).
    struct Flags: OptionSet, Sendable, Hashable {
        let rawValue: UInt8
        static let intervalEnd = Flags(rawValue: 1)
        static let catchAll = Flags(rawValue: 2)
    }

    /// A rare value kept outside, so that elements stay small.
    private indirect enum Indirect: Sendable, Hashable {
        case none
        case some(RegisterValue)

        var value: RegisterValue? {
            switch self {
            case .none: nil
            case .some(let value): value
            }
        }
    }
}

extension Element: CustomStringConvertible {
    /// The key and value as bytes in hexadecimal, as the types belong to the set.
    public var description: String {
        var text = isCatchAll ? "*" : key.description
        if let keyEnd { text += " - \(keyEnd)" }
        if isIntervalEnd { text += " (end of interval)" }
        if let timeout { text += " timeout \(timeout)" }
        if let comment { text += " comment \"\(comment)\"" }
        switch value {
        case .none: return text
        case .verdict(let verdict): return "\(text) : \(verdict)"
        case .data(let data): return "\(text) : \(data)"
        }
    }
}

extension Duration {
    /// Milliseconds, at least 1 for any positive time, at most what fits.
    var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds > 0 || (seconds == 0 && attoseconds > 0) else { return 0 }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1000)
        guard !overflow else { return .max }
        let (sum, carried) = product.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000_000_000))
        return carried ? .max : max(sum, 1)
    }
}
