internal import CNetfilter

extension Expression {
    /// Changes an element of a set or map from a rule (`dynset`).
    public struct DynamicSet: Sendable, Hashable {
        /// What is done (`NFT_DYNSET_OP_*`).
        public enum Operation: UInt32, Sendable, Hashable {
            /// The element is added where it is not there.
            case add = 0
            /// It is added, or its time starts anew; the value of one that is there stays.
            case update = 1
            /// It is deleted.
            case delete = 2
        }

        /// What is done.
        public var operation: Operation
        /// Name of the set, which needs ``NamedSet/Flags/dynamic``.
        public var set: String
        /// First register of the key.
        public var key: Register
        /// First register of the value, for a map.
        public var value: Register?
        /// How long the element stays; nil for the set's own time.
        public var timeout: Duration?

        /// Changes an element.
        public init(
            _ operation: Operation,
            in set: String,
            key: Register,
            value: Register? = nil,
            timeout: Duration? = nil
        ) {
            self.operation = operation
            self.set = set
            self.key = key
            self.value = value
            self.timeout = timeout
        }
    }
}

extension Expression.DynamicSet: ExpressionCodec {
    static let kernelName = "dynset"

    func encode(into handle: ExpressionHandle) {
        handle.set(NFTNL_EXPR_DYNSET_OP, operation.rawValue)
        handle.set(NFTNL_EXPR_DYNSET_SET_NAME, set)
        handle.set(NFTNL_EXPR_DYNSET_SREG_KEY, key)
        if let value { handle.set(NFTNL_EXPR_DYNSET_SREG_DATA, value) }
        if let timeout { handle.set(NFTNL_EXPR_DYNSET_TIMEOUT, timeout.wholeMilliseconds) }
    }

    init?(_ handle: ExpressionHandle) {
        // With instructions for each element it is more than this library has a value for.
        guard !handle.has(NFTNL_EXPR_DYNSET_EXPR), !handle.has(NFTNL_EXPR_DYNSET_EXPRESSIONS),
            let operation = handle.uint32(NFTNL_EXPR_DYNSET_OP).flatMap(Operation.init(rawValue:)),
            let set = handle.string(NFTNL_EXPR_DYNSET_SET_NAME),
            let key = handle.register(NFTNL_EXPR_DYNSET_SREG_KEY)
        else { return nil }
        let timeout = handle.uint64(NFTNL_EXPR_DYNSET_TIMEOUT) ?? 0
        self.init(
            operation,
            in: set,
            key: key,
            value: handle.register(NFTNL_EXPR_DYNSET_SREG_DATA),
            timeout: timeout == 0 ? nil : .milliseconds(timeout)
        )
    }
}
