import CLinux

/// When a forwarding entry was last used.
struct FDBUse {
    var address: LinkLayerAddress
    var age: Duration

    /// Reads the body of an `RTM_NEWNEIGH`; nil for an entry of another device, and one that says nothing of its use.
    init?(body: RawSpan, interface: UInt32) throws(MessageError) {
        let header = try body.fixedHeader(as: ndmsg.self)
        guard header.ndm_family == FDBEntry.socketFamily, UInt32(bitPattern: header.ndm_ifindex) == interface else {
            return nil
        }
        var address: LinkLayerAddress?
        var age: Duration?
        var reader = AttributeReader(from: MemoryLayout<ndmsg>.size)
        while let attribute = try reader.next(in: body) {
            switch Int(attribute.type) {
            case NDA_LLADDR: address = LinkLayerAddress(bytes: try body.bytes(attribute))
            case NDA_CACHEINFO:
                // nda_cacheinfo: confirmed, used, updated, refcount, 32 bits each; times in USER_HZ, 100 a second.
                let bytes = try body.bytes(attribute)
                guard bytes.count >= 8 else { break }
                let used = bytes[4..<8].enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << (8 * $1.offset) }
                age = .milliseconds(Int64(UInt32(littleEndian: used)) * 10)
            default: break
            }
        }
        guard let address, let age else { return nil }
        self.address = address
        self.age = age
    }
}
