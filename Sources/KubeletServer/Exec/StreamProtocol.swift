/// The protocols that streams of a command are carried over a WebSocket by.
///
/// Each message begins with a byte that names its channel. Source: `k8s.io/apimachinery/pkg/util/remotecommand`.
enum StreamProtocol: String, Sendable, Hashable, CaseIterable {
    /// A client can say that a channel has ended.
    case v5 = "v5.channel.k8s.io"
    /// The result is a `Status`.
    case v4 = "v4.channel.k8s.io"

    /// The first of a client's that is known here; nil for none.
    ///
    /// - Parameter offered: The values of `Sec-WebSocket-Protocol`, each perhaps a list.
    init?(offered: some Sequence<String>) {
        for list in offered {
            for name in list.split(separator: ",") {
                guard let known = StreamProtocol(rawValue: String(name.filter { $0 != " " && $0 != "\t" })) else {
                    continue
                }
                self = known
                return
            }
        }
        return nil
    }
}

/// What a message is about: its first byte.
enum StreamChannel: UInt8, Sendable, Hashable {
    /// What the command reads.
    case input = 0
    /// What it prints.
    case output = 1
    /// What it complains of.
    case errors = 2
    /// How it ended: a `Status`.
    case result = 3
    /// The size of the client's window: `{"Width":80,"Height":24}`.
    case resize = 4
    /// With ``StreamProtocol/v5``: the channel in the second byte has ended.
    case end = 255
}
