import Glibc

/// What a runtime tells a CNI plug-in in its environment.
public struct CNIEnvironment: Sendable, Hashable {
    /// The variables whose names begin with `CNI_`.
    public var variables: [String: String]

    /// An environment of these variables.
    public init(_ variables: [String: String]) {
        self.variables = variables
    }

    /// The environment of this process.
    public static func ofProcess() -> CNIEnvironment {
        let names = ["CNI_COMMAND", "CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_ARGS", "CNI_PATH"]
        var variables: [String: String] = [:]
        for name in names {
            // A C string of the environment, which nobody changes.
            if let value = unsafe getenv(name) { variables[name] = unsafe String(cString: value) }
        }
        return CNIEnvironment(variables)
    }

    /// `CNI_COMMAND`; empty where it is not set.
    var command: String { variables["CNI_COMMAND"] ?? "" }

    /// A variable that must be there and not be empty.
    func required(_ name: String) throws(AttachmentError) -> String {
        guard let value = variables[name], !value.isEmpty else {
            throw AttachmentError(.invalidEnvironment, "the environment variable \(name) is missing for \(command)")
        }
        return value
    }

    /// The key of the interface that a command is about.
    func key(configuration: String) throws(AttachmentError) -> AttachmentKey {
        let container = try required("CNI_CONTAINERID")
        guard Self.isName(container) else {
            throw AttachmentError(
                .invalidEnvironment,
                "CNI_CONTAINERID \"\(container)\" must be of letters, digits, '.', '_' and '-', and begin with a "
                    + "letter or digit"
            )
        }
        let key = AttachmentKey(
            container: container,
            interface: try required("CNI_IFNAME"),
            configuration: configuration
        )
        try key.check()
        return key
    }

    /// Whether a container or a network may be called so, by the specification.
    static func isName(_ text: String) -> Bool {
        let isAlphanumeric = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20)
        }
        guard let first = text.utf8.first, isAlphanumeric(first) else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0) || "_.-".utf8.contains($0) }
    }

    /// `CNI_ARGS`: `NAME=value` pairs between semicolons.
    func arguments() throws(AttachmentError) -> [String: String] {
        var arguments: [String: String] = [:]
        for pair in (variables["CNI_ARGS"] ?? "").split(separator: ";") {
            guard let equals = pair.firstIndex(of: "=") else {
                throw AttachmentError(.invalidEnvironment, "CNI_ARGS has \"\(pair)\": write NAME=value;NAME=value")
            }
            arguments[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
        }
        return arguments
    }
}
