public import JSON

/// What the kubelet's server needs to know of the pods of its node: their output, commands in them, and what they are.
///
/// The node implements it over what runs its pods. Calls come from many connections at once.
public protocol PodAccess: Sendable {
    /// The pods of this node, as objects of `v1` `Pod` with their present status, in any order.
    func pods() async -> [JSONValue]

    /// What keeps the node from running pods, for `/healthz`; nil where nothing does.
    func problem() async -> String?

    /// What a container has printed, and with ``LogOptions/follow`` what it goes on to print.
    ///
    /// The bytes come without the framing of the file that they are kept in, each line with its time in front where
    /// ``LogOptions/timestamps`` asks for it. The sequence is read as fast as the client takes it; reading is cancelled
    /// when the client has gone.
    ///
    /// - Parameter container: The container's name; it may be an init container's.
    func logs(
        namespace: String,
        pod: String,
        container: String,
        options: LogOptions
    ) async throws(PodAccessError) -> ByteSource

    /// Starts a command in a container.
    func exec(
        namespace: String,
        pod: String,
        container: String,
        _ command: ExecCommand
    ) async throws(PodAccessError) -> any ExecSession
}
