/// A set, map or verdict map, without its elements.
public struct NamedSet: Sendable, Hashable {
    /// Flags of a set (`NFT_SET_*`). That it is a map or a concatenation with ranges follows from the rest.
    public struct Flags: OptionSet, Sendable, Hashable {
        /// The kernel's bits.
        public let rawValue: UInt32

        /// The flags with those bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Belongs to the one rule that looks it up, and goes with it.
        public static let anonymous = Flags(rawValue: 0x1)
        /// Its elements may not change while a rule uses it.
        public static let constant = Flags(rawValue: 0x2)
        /// Elements may be ranges.
        public static let interval = Flags(rawValue: 0x4)
        /// Elements may go after a time.
        public static let timeout = Flags(rawValue: 0x10)
        /// Rules may add elements (`NFT_SET_EVAL`).
        public static let dynamic = Flags(rawValue: 0x20)

        /// The bits that ``NamedSet`` says with its other properties: map, object, concatenation.
        static let derived = Flags(rawValue: 0x8 | 0x40 | 0x80)
    }

    /// What the keys lead to.
    public enum Value: Sendable, Hashable {
        /// Nothing: it is a set.
        case none
        /// Verdicts: it is a verdict map.
        case verdict
        /// Values of those fields: it is a map.
        case data([DataType])
    }

    /// 1 to 255 bytes. `nft` cannot load what it listed where the name is a word of its language, such as `th`.
    public var name: String
    /// The fields of a key, in their order; more than one make a concatenation.
    public var key: [DataType]
    /// What the keys lead to.
    public var value: Value
    /// Flags.
    public var flags: Flags
    /// How long an element stays that does not say so itself.
    public var timeout: Duration?
    /// Most elements it can have. Given, the kernel uses a hash table of that fixed size; else one that grows.
    ///
    /// Recent kernels (seen with Linux 6.18) give a set that is added again its new size and ``timeout`` when they
    /// commit; the table's number of buckets stays.
    public var size: UInt32?
    /// Whether `nft` joins adjacent ranges when it lists or loads the set (`auto-merge`).
    public var mergesRanges: Bool
    /// Shown by `nft list`, at most 127 bytes.
    public var comment: String?
    /// What `nft` is told about the key and the value as expressions (`typeof`); nil where the types say it all.
    public var typeof: Typeof?

    /// The expressions by which a set was declared.
    public struct Typeof: Sendable, Hashable {
        /// Fields of the key.
        public var key: [Selector]
        /// Fields of the value; none for sets and verdict maps.
        public var value: [Selector]

        /// Those fields.
        public init(key: [Selector], value: [Selector] = []) {
            self.key = key
            self.value = value
        }
    }

    /// A set declared by types.
    public init(
        _ name: String,
        key: [DataType],
        value: Value = .none,
        flags: Flags = [],
        timeout: Duration? = nil,
        size: UInt32? = nil,
        mergesRanges: Bool = false,
        comment: String? = nil
    ) {
        self.name = name
        self.key = key
        self.value = value
        self.flags = flags
        self.timeout = timeout
        self.size = size
        self.mergesRanges = mergesRanges
        self.comment = comment
    }

    /// A set or map declared by expressions, which also give the types. With `value` empty it is a set.
    public init(
        _ name: String,
        typeof key: [Selector],
        value: [Selector] = [],
        flags: Flags = [],
        timeout: Duration? = nil,
        size: UInt32? = nil,
        comment: String? = nil
    ) {
        self.init(
            name,
            key: key.map(\.dataType),
            value: value.isEmpty ? .none : .data(value.map(\.dataType)),
            flags: flags,
            timeout: timeout,
            size: size,
            comment: comment
        )
        typeof = Typeof(key: key, value: value)
    }

    /// Size of a key in bytes: fields of a concatenation are padded to four each.
    public var keyByteCount: Int { key.registerByteCount }

    /// Size of a value in bytes; 0 for sets and verdict maps.
    public var valueByteCount: Int {
        guard case .data(let fields) = value else { return 0 }
        return fields.registerByteCount
    }

    /// Whether keys lead to something.
    public var isMap: Bool { value != .none }

    /// Whether elements are ranges of a concatenation, told to the kernel field by field.
    var isRangedConcatenation: Bool { key.count > 1 && flags.contains(.interval) }

    /// Whether a set can be so: sizes are bounded, and a concatenation's types fit the 32 bits that nft packs them
    /// into.
    var isWellFormed: Bool {
        var fields = key
        if case .data(let value) = value {
            guard (1...64).contains(valueByteCount), (1...5).contains(value.count) else { return false }
            fields += value
        }
        guard (1...64).contains(keyByteCount), (1...5).contains(key.count) else { return false }
        guard fields.allSatisfy({ (1...64).contains($0.byteCount) }) else { return false }
        return timeout == nil || flags.contains(.timeout)
    }
}

extension [DataType] {
    /// Size in bytes of these fields as one key or value.
    var registerByteCount: Int {
        count == 1 ? self[0].byteCount : reduce(0) { $0 + ($1.byteCount + 3) & ~3 }
    }
}
