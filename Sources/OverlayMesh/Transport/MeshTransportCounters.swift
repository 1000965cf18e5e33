/// What a ``MeshTransport`` has counted since its start.
public struct MeshTransportCounters: Sendable, Hashable {
    /// Connections accepted.
    public var accepted = 0
    /// Connections closed at once since there were too many.
    public var surplus = 0
    /// Handshakes that came to nothing, timeouts included.
    public var failedHandshakes = 0
    /// Of these, the ones in which the other side showed no certificate of our token.
    public var wrongTokens = 0
    /// Connections closed since what came on them was no frame, or no message.
    public var malformed = 0
    /// Connections closed since the other side did not take what we sent.
    public var stalled = 0
    /// Messages received.
    public var messagesReceived = 0
    /// Messages sent.
    public var messagesSent = 0
    /// Bytes of messages received, with the length before each, without TLS.
    public var bytesReceived = 0
    /// Bytes of messages sent, with the length before each, without TLS.
    public var bytesSent = 0
    /// Writes of the store.
    public var storeWrites = 0
    /// Writes of the store that failed.
    public var storeFailures = 0

    /// Nothing counted.
    public init() {}
}
