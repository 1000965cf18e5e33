/// What one host sent, as the real encoding would be.
public struct Traffic: Sendable, Hashable {
    /// Messages.
    public var messageCount = 0
    /// Bytes of messages with their lengths; without TLS, TCP and IP.
    public var byteCount = 0

    /// Nothing.
    public init() {}

    /// Adds one message.
    mutating func add(byteCount: Int) {
        messageCount += 1
        self.byteCount += byteCount
    }

    /// What came since `earlier`.
    public static func - (now: Traffic, earlier: Traffic) -> Traffic {
        var difference = Traffic()
        difference.messageCount = now.messageCount - earlier.messageCount
        difference.byteCount = now.byteCount - earlier.byteCount
        return difference
    }

    /// Both together.
    public static func + (one: Traffic, other: Traffic) -> Traffic {
        var sum = one
        sum.messageCount += other.messageCount
        sum.byteCount += other.byteCount
        return sum
    }
}
