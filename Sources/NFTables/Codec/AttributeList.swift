internal import CNetfilter

/// Attributes (`struct nlattr`), one after the other, in a buffer that outlives this.
@safe struct AttributeList: Sequence, IteratorProtocol {
    private var rest: Slice<UnsafeRawBufferPointer>

    init(_ bytes: Slice<UnsafeRawBufferPointer>) { unsafe rest = bytes }

    /// The next attribute; nil at the end, and where one is cut off.
    @inline(__always)
    mutating func next() -> Attribute? {
        let start = unsafe rest.startIndex
        let remaining = unsafe rest.count
        guard remaining >= 4 else { return nil }
        // In bounds: the four bytes of the header are there.
        let length = unsafe Int(rest.base.loadUnaligned(fromByteOffset: start, as: UInt16.self))
        let type = unsafe rest.base.loadUnaligned(fromByteOffset: start + 2, as: UInt16.self)
        guard length >= 4, length <= remaining else { return nil }
        let payload = unsafe rest[(start + 4)..<(start + length)]
        unsafe rest = rest.dropFirst(Swift.min((length + 3) & ~3, remaining))
        // The two highest bits say that it is nested, or in network order.
        return unsafe Attribute(type: type & 0x3fff, offset: start, payload: payload)
    }

    /// The first attribute of that type.
    func first(_ type: UInt16) -> Attribute? { first { $0.type == type } }
}

/// One attribute.
@safe struct Attribute {
    /// Its number, without flags.
    let type: UInt16
    /// Where its header begins, in the bytes that the list was made of.
    let offset: Int
    /// Its payload, without padding.
    fileprivate let payload: Slice<UnsafeRawBufferPointer>

    /// The attributes in it.
    var nested: AttributeList { unsafe AttributeList(payload) }

    /// A number of 32 bits in network order; nil if it is of another size.
    var uint32: UInt32? { hostUInt32.map { UInt32(bigEndian: $0) } }

    /// A number of 32 bits in host order; nil if it is of another size.
    var hostUInt32: UInt32? {
        guard unsafe payload.count == 4 else { return nil }
        // In bounds: checked just above; so below.
        return unsafe payload.base.loadUnaligned(fromByteOffset: payload.startIndex, as: UInt32.self)
    }

    /// A number of 64 bits in network order; nil if it is of another size.
    var uint64: UInt64? {
        guard unsafe payload.count == 8 else { return nil }
        return unsafe UInt64(
            bigEndian: payload.base.loadUnaligned(fromByteOffset: payload.startIndex, as: UInt64.self)
        )
    }

    /// A string, up to its terminating zero.
    var string: String { unsafe String(decoding: payload.prefix { $0 != 0 }, as: UTF8.self) }

    /// Whether it is that string.
    func isString(_ text: String) -> Bool { unsafe payload.prefix { $0 != 0 }.elementsEqual(text.utf8) }

    /// The bytes as a value; nil if there are more than 64.
    var value: RegisterValue? { unsafe RegisterValue(copying: UnsafeRawBufferPointer(rebasing: payload)) }

    /// The bytes as user data.
    var userData: UserData { unsafe UserData(bytes: Array(payload)) }
}
