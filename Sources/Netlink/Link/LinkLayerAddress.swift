/// A hardware address: six bytes on Ethernet, four or sixteen on an IP tunnel.
public struct LinkLayerAddress: Sendable, Hashable {
    /// The bytes in transmission order.
    public var bytes: [UInt8]

    /// The address of these bytes.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// All zero, as Ethernet has it: in a tunnel's forwarding table, every address that has no entry of its own.
    public static let everyone = LinkLayerAddress(bytes: [0, 0, 0, 0, 0, 0])
}

extension LinkLayerAddress: LosslessStringConvertible {
    /// Parses two hexadecimal digits per byte, separated by colons: `02:00:5e:00:00:01`.
    public init?(_ text: String) {
        var bytes: [UInt8] = []
        for field in text.split(separator: ":", omittingEmptySubsequences: false) {
            guard field.utf8.count == 2, field.first?.isHexDigit == true, let byte = UInt8(field, radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        self.init(bytes: bytes)
    }

    /// Two lower-case hexadecimal digits per byte, separated by colons.
    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
