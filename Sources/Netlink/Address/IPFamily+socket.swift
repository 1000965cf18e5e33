import Addressing

extension IPFamily {
    /// `AF_INET` or `AF_INET6`.
    var socketFamily: UInt8 { self == .ipv4 ? 2 : 10 }

    /// The family of that number; nil where it is not IP.
    init?(socketFamily: UInt8) {
        switch socketFamily {
        case 2: self = .ipv4
        case 10: self = .ipv6
        default: return nil
        }
    }
}

extension RawSpan {
    /// An address of that family.
    func address(_ attribute: AttributeReader.Attribute, _ family: IPFamily) throws(MessageError) -> IPAddress {
        let address = try address(attribute)
        guard address.family == family else {
            throw .wrongSize(attribute: attribute.type, byteCount: attribute.payload.count)
        }
        return address
    }
}
