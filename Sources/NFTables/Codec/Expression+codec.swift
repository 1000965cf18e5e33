extension Expression {
    /// The value that encodes itself; nil for an instruction that is only known by name.
    var codec: (any ExpressionCodec)? {
        switch self {
        case .payload(let value): value
        case .meta(let value): value
        case .conntrack(let value): value
        case .compare(let value): value
        case .range(let value): value
        case .bitwise(let value): value
        case .lookup(let value): value
        case .immediate(let value): value
        case .nat(let value): value
        case .masquerade(let value): value
        case .reject(let value): value
        case .numberGenerator(let value): value
        case .hash(let value): value
        case .fib(let value): value
        case .dynamicSet(let value): value
        case .noTrack(let value): value
        case .counter(let value): value
        case .limit(let value): value
        case .unknown: nil
        }
    }

    /// Reads an instruction; ``unknown(name:)`` where this library has no value for it.
    init(_ handle: ExpressionHandle) {
        let name = handle.name
        self = Self.decoders[name]?(handle) ?? .unknown(name: name)
    }

    private static let decoders: [String: @Sendable (ExpressionHandle) -> Expression?] = [
        Payload.kernelName: { Payload($0).map(Expression.payload) },
        Meta.kernelName: { Meta($0).map(Expression.meta) },
        Conntrack.kernelName: { Conntrack($0).map(Expression.conntrack) },
        Compare.kernelName: { Compare($0).map(Expression.compare) },
        Range.kernelName: { Range($0).map(Expression.range) },
        Bitwise.kernelName: { Bitwise($0).map(Expression.bitwise) },
        Lookup.kernelName: { Lookup($0).map(Expression.lookup) },
        Immediate.kernelName: { Immediate($0).map(Expression.immediate) },
        NAT.kernelName: { NAT($0).map(Expression.nat) },
        Masquerade.kernelName: { Masquerade($0).map(Expression.masquerade) },
        Reject.kernelName: { Reject($0).map(Expression.reject) },
        NumberGenerator.kernelName: { NumberGenerator($0).map(Expression.numberGenerator) },
        Hash.kernelName: { Hash($0).map(Expression.hash) },
        FIB.kernelName: { FIB($0).map(Expression.fib) },
        DynamicSet.kernelName: { DynamicSet($0).map(Expression.dynamicSet) },
        NoTrack.kernelName: { NoTrack($0).map(Expression.noTrack) },
        Counter.kernelName: { Counter($0).map(Expression.counter) },
        Limit.kernelName: { Limit($0).map(Expression.limit) },
    ]
}
