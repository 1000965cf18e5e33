/// Which interface of which container: no two attachments have the same.
public struct AttachmentKey: Sendable, Hashable {
    /// The runtime's name of the container (`CNI_CONTAINERID`); a namespace's path where there is no runtime.
    public var container: String
    /// The interface's name inside (`CNI_IFNAME`).
    public var interface: String
    /// The name of the network configuration that asked for it (CNI's `name`), within which `GC` cleans up; empty
    /// where somebody attached it by hand.
    public var configuration: String

    /// A key from its parts.
    public init(container: String, interface: String, configuration: String = "") {
        self.container = container
        self.interface = interface
        self.configuration = configuration
    }

    /// The key of what is attached by hand: the namespace itself is the container.
    ///
    /// - Parameters:
    ///   - path: The namespace's; symbolic links are followed as far as there is something at their end.
    ///   - interface: The interface's name inside.
    public static func byHand(namespace path: String, interface: String) -> AttachmentKey {
        AttachmentKey(container: Machine.realPath(path), interface: interface)
    }

    /// The name of the host's end: 14 bytes, always the same for one container and interface.
    public var hostInterface: String {
        let digits = String(StableHash.of(container, interface, "name") >> 16, radix: 16)
        return Self.hostInterfacePrefix + String(repeating: "0", count: 12 - digits.utf8.count) + digits
    }

    /// What the names of host's ends begin with.
    public static let hostInterfacePrefix = "tr"
}

extension AttachmentKey {
    /// How long a container's name may be, in bytes.
    static let containerLimit = 512
    /// How long a configuration's name may be, in bytes.
    static let configurationLimit = 253

    /// Whether the kernel takes it as the name of a link: `dev_valid_name` of `net/core/dev.c`.
    static func isInterfaceName(_ name: String) -> Bool {
        (1...15).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
    }

    /// Refuses what no container or interface can be called.
    public func check() throws(AttachmentError) {
        guard (1...Self.containerLimit).contains(container.utf8.count), !container.utf8.contains(0) else {
            throw AttachmentError(
                .invalidEnvironment,
                "the container's name has \(container.utf8.count) bytes: it must have 1 to \(Self.containerLimit)"
            )
        }
        guard Self.isInterfaceName(interface) else {
            throw AttachmentError(
                .invalidEnvironment,
                "\"\(interface)\" cannot be an interface's name: use 1 to 15 bytes without '/', ':' and spaces"
            )
        }
        guard configuration.utf8.count <= Self.configurationLimit, !configuration.utf8.contains(0) else {
            throw AttachmentError(
                .invalidConfiguration,
                "the configuration's name is longer than \(Self.configurationLimit) bytes"
            )
        }
    }
}

extension AttachmentKey: Comparable {
    /// By container, interface, configuration.
    public static func < (left: AttachmentKey, right: AttachmentKey) -> Bool {
        (left.container, left.interface, left.configuration) < (right.container, right.interface, right.configuration)
    }
}

extension AttachmentKey: CustomStringConvertible {
    /// `eth0 of 3f2a…`.
    public var description: String { "\(interface) of \(container)" }
}
