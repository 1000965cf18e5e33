import Crypto
import Glibc

/// What tells one machine from another, as far as it can be read.
///
/// Only hashes are kept: the originals are not for others to see (machine-id(5)).
public struct MachineFacts: Sendable, Hashable {
    /// Of the running kernel (`/proc/sys/kernel/random/boot_id`): another after each reboot.
    public var boot: String?
    /// Of the hardware or virtual machine (`/sys/class/dmi/id/product_uuid`): another in a copy of the machine.
    public var product: String?
    /// Of the installation (`/etc/machine-id`): the same in a copy, unless whoever made it took care.
    public var installation: String?

    /// Facts that are known already; nil for those that are not.
    public init(boot: String? = nil, product: String? = nil, installation: String? = nil) {
        self.boot = boot
        self.product = product
        self.installation = installation
    }

    /// The facts of this machine.
    public static func current() -> MachineFacts {
        MachineFacts(
            boot: fact("boot", at: "/proc/sys/kernel/random/boot_id"),
            product: fact("product", at: "/sys/class/dmi/id/product_uuid"),
            installation: fact("installation", at: "/etc/machine-id")
        )
    }

    /// Whether both are of one machine, by the first fact that both have of: the boot, the product, the installation.
    ///
    /// Nil where they have none in common. Two different boots say nothing.
    public func isSameMachine(as other: MachineFacts) -> Bool? {
        if let boot, boot == other.boot { return true }
        if let product, let otherProduct = other.product { return product == otherProduct }
        if let installation, let otherInstallation = other.installation { return installation == otherInstallation }
        return nil
    }

    private static func fact(_ name: String, at path: String) -> String? {
        guard let content = try? Descriptor(opening: path, O_RDONLY).readAll(limit: 4_096) else { return nil }
        // Copies of one machine may differ in case, and some firmware says nothing by saying zeros.
        let digits = String(decoding: content, as: UTF8.self).lowercased().utf8.filter { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
        guard digits.count >= 32, digits.contains(where: { $0 != digits[0] }) else { return nil }
        return Hexadecimal.encode(SHA256.hash(data: Array("trama \(name) ".utf8) + digits).prefix(16))
    }
}
