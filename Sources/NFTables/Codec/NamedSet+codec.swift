internal import Addressing
internal import CNetfilter

extension SetHandle {
    /// The set to be made.
    ///
    /// - Parameter identifier: Tells the sets of one transaction apart (`NFTA_SET_ID`).
    init(_ set: NamedSet, identifier: UInt32, table: TableID) throws(EncodingError) {
        try Check.comment(set.comment)
        guard set.isWellFormed else {
            throw .invalid(
                "keys and values have 1 to 64 bytes and at most 5 fields, and a time of elements needs the timeout flag"
            )
        }
        let data = set.userData
        guard data.bytes.count <= UserData.maximumByteCount else {
            throw .invalid("its typeof and its comment do not fit 256 bytes together; shorten the comment")
        }
        try self.init(named: set.name, table: table)
        setNumber(NFTNL_SET_ID, identifier)
        setNumber(NFTNL_SET_FLAGS, set.kernelFlags)
        setNumber(NFTNL_SET_KEY_TYPE, set.key.kernelType)
        setNumber(NFTNL_SET_KEY_LEN, UInt32(set.keyByteCount))
        switch set.value {
        case .none:
            break
        case .verdict:
            setNumber(NFTNL_SET_DATA_TYPE, UInt32(NFT_DATA_VERDICT.rawValue))
            setNumber(NFTNL_SET_DATA_LEN, 0)
        case .data(let fields):
            setNumber(NFTNL_SET_DATA_TYPE, fields.kernelType)
            setNumber(NFTNL_SET_DATA_LEN, UInt32(set.valueByteCount))
        }
        if let timeout = set.timeout {
            unsafe nftnl_set_set_u64(pointer, UInt16(NFTNL_SET_TIMEOUT.rawValue), timeout.wholeMilliseconds)
        }
        if let size = set.size { setNumber(NFTNL_SET_DESC_SIZE, size) }
        if set.isRangedConcatenation {
            let lengths = set.key.map { UInt8(clamping: $0.byteCount) }
            _ = unsafe nftnl_set_set_data(
                pointer,
                UInt16(NFTNL_SET_DESC_CONCAT.rawValue),
                lengths,
                UInt32(lengths.count)
            )
        }
        _ = unsafe nftnl_set_set_data(
            pointer,
            UInt16(NFTNL_SET_USERDATA.rawValue),
            data.bytes,
            UInt32(data.bytes.count)
        )
    }

    /// The set to be deleted.
    init(named name: String, table: TableID) throws(EncodingError) {
        try Check.name(name, of: "set")
        try self.init()
        _ = unsafe nftnl_set_set_str(pointer, UInt16(NFTNL_SET_TABLE.rawValue), table.name)
        _ = unsafe nftnl_set_set_str(pointer, UInt16(NFTNL_SET_NAME.rawValue), name)
    }

    /// The set that was read; nil if it has no name, or holds objects of another kind.
    var set: NamedSet? {
        guard let name = unsafe nftnl_set_get_str(pointer, UInt16(NFTNL_SET_NAME.rawValue)),
            !has(NFTNL_SET_OBJ_TYPE)
        else { return nil }
        let flags = number(NFTNL_SET_FLAGS) ?? 0
        var value = NamedSet.Value.none
        if flags & UInt32(NFT_SET_MAP.rawValue) != 0 {
            let type = number(NFTNL_SET_DATA_TYPE) ?? 0
            value =
                type == UInt32(NFT_DATA_VERDICT.rawValue)
                ? .verdict
                : .data([DataType].fields(ofKernelType: type, byteCount: Int(number(NFTNL_SET_DATA_LEN) ?? 0)))
        }
        let timeout = unsafe nftnl_set_get_u64(pointer, UInt16(NFTNL_SET_TIMEOUT.rawValue))
        var set = unsafe NamedSet(
            String(cString: name),
            key: [DataType].fields(
                ofKernelType: number(NFTNL_SET_KEY_TYPE) ?? 0,
                byteCount: Int(number(NFTNL_SET_KEY_LEN) ?? 0)
            ),
            value: value,
            flags: NamedSet.Flags(rawValue: flags).subtracting(.derived),
            timeout: timeout == 0 ? nil : .milliseconds(timeout),
            size: number(NFTNL_SET_DESC_SIZE)
        )
        var count: UInt32 = 0
        let bytes = unsafe nftnl_set_get_data(pointer, UInt16(NFTNL_SET_USERDATA.rawValue), &count)
        unsafe set.read(UserData(copying: bytes, count: count))
        return set
    }

    private func setNumber(_ attribute: nftnl_set_attr, _ value: UInt32) {
        unsafe nftnl_set_set_u32(pointer, UInt16(attribute.rawValue), value)
    }

    private func has(_ attribute: nftnl_set_attr) -> Bool {
        unsafe nftnl_set_is_set(pointer, UInt16(attribute.rawValue))
    }

    private func number(_ attribute: nftnl_set_attr) -> UInt32? {
        has(attribute) ? unsafe nftnl_set_get_u32(pointer, UInt16(attribute.rawValue)) : nil
    }
}

extension NamedSet {
    /// The flags with those that follow from the definition.
    fileprivate var kernelFlags: UInt32 {
        var bits = flags.rawValue
        if isMap { bits |= UInt32(NFT_SET_MAP.rawValue) }
        if isRangedConcatenation { bits |= UInt32(NFT_SET_CONCAT.rawValue) }
        return bits
    }
}

extension [DataType] {
    /// Types of a concatenation's fields, six bits each, the last field lowest (nft's `TYPE_BITS`).
    fileprivate var kernelType: UInt32 { reduce(0) { $0 << 6 | $1.number } }

    /// The fields of a type as the kernel keeps it; one field of that size where they are not known.
    fileprivate static func fields(ofKernelType type: UInt32, byteCount: Int) -> [DataType] {
        var fields: [DataType] = []
        var rest = type
        while rest != 0 {
            guard let field = DataType.known[rest & 63] else { break }
            fields.insert(field, at: 0)
            rest >>= 6
        }
        guard rest == 0, fields.registerByteCount == byteCount else {
            return [DataType(number: type, byteCount: byteCount, byteOrder: .unspecified)]
        }
        return fields
    }
}

extension DataType {
    /// The types of known size, by number.
    fileprivate static let known: [UInt32: DataType] = Dictionary(
        uniqueKeysWithValues: [
            integer, ipv4Address, ipv6Address, inetProtocol, inetService, mark, interfaceName,
        ].map { ($0.number, $0) }
    )
}
