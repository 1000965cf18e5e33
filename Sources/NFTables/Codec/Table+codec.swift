internal import CNetfilter

extension TableHandle {
    /// The table to be made, or with nothing but its name the one to be deleted.
    init(_ table: Table) throws(EncodingError) {
        try Check.comment(table.comment)
        try self.init()
        // libnftnl copies strings and bytes, here and in the other codecs.
        _ = unsafe nftnl_table_set_str(pointer, UInt16(NFTNL_TABLE_NAME.rawValue), table.id.name)
        if !table.flags.isEmpty {
            unsafe nftnl_table_set_u32(pointer, UInt16(NFTNL_TABLE_FLAGS.rawValue), table.flags.rawValue)
        }
        let data = UserData(comment: table.comment)
        if !data.isEmpty {
            _ = unsafe nftnl_table_set_data(
                pointer,
                UInt16(NFTNL_TABLE_USERDATA.rawValue),
                data.bytes,
                UInt32(data.bytes.count)
            )
        }
    }

    /// The table that was read; nil if it has no name or an unknown family.
    var table: Table? {
        guard let name = unsafe nftnl_table_get_str(pointer, UInt16(NFTNL_TABLE_NAME.rawValue)),
            let number = UInt8(exactly: unsafe nftnl_table_get_u32(pointer, UInt16(NFTNL_TABLE_FAMILY.rawValue))),
            let family = TableFamily(rawValue: number)
        else { return nil }
        var count: UInt32 = 0
        let bytes = unsafe nftnl_table_get_data(pointer, UInt16(NFTNL_TABLE_USERDATA.rawValue), &count)
        return unsafe Table(
            id: TableID(family: family, name: String(cString: name)),
            flags: Table.Flags(rawValue: nftnl_table_get_u32(pointer, UInt16(NFTNL_TABLE_FLAGS.rawValue))),
            comment: UserData(copying: bytes, count: count).comment
        )
    }
}

extension UserData {
    /// The bytes that libnftnl keeps for an object; none where it keeps none.
    init(copying bytes: UnsafeRawPointer?, count: UInt32) {
        // libnftnl says how many bytes it keeps there.
        self.init(bytes: unsafe bytes.map { unsafe Array(UnsafeRawBufferPointer(start: $0, count: Int(count))) } ?? [])
    }
}
