import Addressing
import NIOCore

/// Who asks, and how.
struct DNSClient: Sendable {
    /// Over TCP.
    let isStream: Bool
    private let socketAddress: SocketAddress?

    /// - Parameter socketAddress: Its address and port; nil where they are not known any more.
    init(isStream: Bool, _ socketAddress: SocketAddress?) {
        self.isStream = isStream
        self.socketAddress = socketAddress
    }

    var isIPv6: Bool { socketAddress?.protocol == .inet6 }

    /// Its address, worked out when it is asked for: most questions need none.
    var address: IPAddress? { socketAddress?.ipAddress.flatMap { IPAddress($0) } }
}
