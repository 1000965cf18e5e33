/// The rules for the names by which containers find each other.
public enum AttachmentName {
    /// The longest, in bytes: that of a label of the DNS (RFC 1035, 2.3.4).
    public static let byteLimit = 63

    /// What is wrong with a name; nil where nothing is.
    public static func problem(of name: String) -> String? {
        let isWellFormed =
            name.utf8.allSatisfy { byte in
                (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
            } && !name.hasPrefix("-") && !name.hasSuffix("-")
        guard (1...byteLimit).contains(name.utf8.count), isWellFormed else {
            return "name \"\(name)\": must be 1 to \(byteLimit) lower-case letters, digits and inner \"-\""
        }
        return nil
    }
}
