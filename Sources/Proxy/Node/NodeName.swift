import Observability

/// The name of the Node that this proxy serves.
public enum NodeName {
    /// There is no usable name.
    public struct EmptyNameError: Error, Sendable, Equatable, CustomStringConvertible {
        /// What to do about it.
        public var description: String {
            "the node has no name: set a host name, or give the Node's name with --hostname-override"
        }
    }

    /// The name told, or else the host's; trimmed and in lower case, as the kubelet makes it.
    ///
    /// - Parameters:
    ///   - override: ``ProxyConfiguration/nodeNameOverride``.
    ///   - hostName: What the host is called.
    public static func detect(
        override: String?,
        hostName: () -> String = systemHostName
    ) throws(EmptyNameError) -> String {
        let name = trimmed(override ?? hostName()).lowercased()
        guard !name.isEmpty else { throw EmptyNameError() }
        return name
    }

    /// `uname -n`.
    public static func systemHostName() -> String { HostName.current ?? "" }

    private static func trimmed(_ text: String) -> String {
        var rest = Substring(text)
        while rest.first?.isWhitespace ?? false { rest.removeFirst() }
        while rest.last?.isWhitespace ?? false { rest.removeLast() }
        return String(rest)
    }
}
