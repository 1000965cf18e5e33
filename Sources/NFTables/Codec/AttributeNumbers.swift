internal import CNetfilter

/// Attributes of messages that carry elements (`enum nft_set_elem_list_attributes`, `enum nft_set_elem_attributes`).
enum ElementAttribute {
    static let table = UInt16(NFTA_SET_ELEM_LIST_TABLE.rawValue)
    static let set = UInt16(NFTA_SET_ELEM_LIST_SET.rawValue)
    static let elements = UInt16(NFTA_SET_ELEM_LIST_ELEMENTS.rawValue)
    static let element = UInt16(NFTA_LIST_ELEM.rawValue)
    static let key = UInt16(NFTA_SET_ELEM_KEY.rawValue)
    static let keyEnd = UInt16(NFTA_SET_ELEM_KEY_END.rawValue)
    static let data = UInt16(NFTA_SET_ELEM_DATA.rawValue)
    static let flags = UInt16(NFTA_SET_ELEM_FLAGS.rawValue)
    static let timeout = UInt16(NFTA_SET_ELEM_TIMEOUT.rawValue)
    static let expiration = UInt16(NFTA_SET_ELEM_EXPIRATION.rawValue)
    static let userData = UInt16(NFTA_SET_ELEM_USERDATA.rawValue)
}

/// Attributes of a value, and of a verdict (`enum nft_data_attributes`, `enum nft_verdict_attributes`).
enum DataAttribute {
    static let value = UInt16(NFTA_DATA_VALUE.rawValue)
    static let verdict = UInt16(NFTA_DATA_VERDICT.rawValue)
    static let verdictCode = UInt16(NFTA_VERDICT_CODE.rawValue)
    static let verdictChain = UInt16(NFTA_VERDICT_CHAIN.rawValue)
}

/// Attributes of a generation (`enum nft_gen_attributes`), and of a batch (`enum nfnl_batch_attributes`).
enum GenerationAttribute {
    static let identifier = UInt16(NFTA_GEN_ID.rawValue)
    static let processID = UInt16(NFTA_GEN_PROC_PID.rawValue)
    static let processName = UInt16(NFTA_GEN_PROC_NAME.rawValue)
    static let ofBatch = UInt16(NFNL_BATCH_GENID.rawValue)
}

/// What the messages of tables, chains, rules, sets and elements have in common: the table's name is attribute 1.
enum ObjectAttribute {
    static let table = UInt16(NFTA_TABLE_NAME.rawValue)
}
