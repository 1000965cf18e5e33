import Attachment

extension HostNetwork {
    /// Whether a link of that name is one that we make for containers (`tr` and 12 hexadecimal digits) or bridged
    /// networks (`tb-` or `tv-` and a VNI).
    static func isOverlayLink(_ name: String) -> Bool {
        for prefix in ["tb-", "tv-"] where name.hasPrefix(prefix) {
            let digits = name.utf8.dropFirst(prefix.utf8.count)
            return !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
        }
        let prefix = AttachmentKey.hostInterfacePrefix
        let digits = name.utf8.dropFirst(prefix.utf8.count)
        return name.hasPrefix(prefix) && digits.count == 12
            && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
