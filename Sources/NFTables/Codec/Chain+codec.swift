internal import CNetfilter

extension ChainHandle {
    /// The chain to be made, or with nothing but its name the one to be deleted.
    init(_ chain: Chain, table: TableID) throws(EncodingError) {
        try Check.name(chain.name, of: "chain")
        try Check.comment(chain.comment)
        try self.init()
        _ = unsafe nftnl_chain_set_str(pointer, UInt16(NFTNL_CHAIN_TABLE.rawValue), table.name)
        _ = unsafe nftnl_chain_set_str(pointer, UInt16(NFTNL_CHAIN_NAME.rawValue), chain.name)
        if let hook = chain.hook {
            _ = unsafe nftnl_chain_set_str(pointer, UInt16(NFTNL_CHAIN_TYPE.rawValue), hook.type.rawValue)
            unsafe nftnl_chain_set_u32(pointer, UInt16(NFTNL_CHAIN_HOOKNUM.rawValue), hook.hook.rawValue)
            unsafe nftnl_chain_set_s32(pointer, UInt16(NFTNL_CHAIN_PRIO.rawValue), hook.priority.rawValue)
            unsafe nftnl_chain_set_u32(pointer, UInt16(NFTNL_CHAIN_POLICY.rawValue), hook.policy.rawValue)
        }
        let data = UserData(comment: chain.comment)
        if !data.isEmpty {
            _ = unsafe nftnl_chain_set_data(
                pointer,
                UInt16(NFTNL_CHAIN_USERDATA.rawValue),
                data.bytes,
                UInt32(data.bytes.count)
            )
        }
    }

    /// Name of the table that the chain is in.
    var tableName: String? {
        unsafe nftnl_chain_get_str(pointer, UInt16(NFTNL_CHAIN_TABLE.rawValue)).map { unsafe String(cString: $0) }
    }

    /// The chain that was read; nil if it has no name.
    var chain: Chain? {
        guard let name = unsafe nftnl_chain_get_str(pointer, UInt16(NFTNL_CHAIN_NAME.rawValue)) else { return nil }
        var count: UInt32 = 0
        let bytes = unsafe nftnl_chain_get_data(pointer, UInt16(NFTNL_CHAIN_USERDATA.rawValue), &count)
        return unsafe Chain(
            String(cString: name),
            hook: hook,
            comment: UserData(copying: bytes, count: count).comment
        )
    }

    /// Nil for a chain without a hook, and for a hook that there is no value for, such as a device's.
    private var hook: BaseHook? {
        guard unsafe nftnl_chain_is_set(pointer, UInt16(NFTNL_CHAIN_HOOKNUM.rawValue)),
            let typeName = unsafe nftnl_chain_get_str(pointer, UInt16(NFTNL_CHAIN_TYPE.rawValue)),
            let type = unsafe BaseHook.ChainType(rawValue: String(cString: typeName)),
            let hook = unsafe BaseHook.Hook(
                rawValue: nftnl_chain_get_u32(pointer, UInt16(NFTNL_CHAIN_HOOKNUM.rawValue))
            )
        else { return nil }
        let priority = unsafe nftnl_chain_get_s32(pointer, UInt16(NFTNL_CHAIN_PRIO.rawValue))
        let policy = unsafe nftnl_chain_get_u32(pointer, UInt16(NFTNL_CHAIN_POLICY.rawValue))
        return BaseHook(type, hook, priority: .init(priority), policy: BaseHook.Policy(rawValue: policy) ?? .accept)
    }
}
