internal import CNetfilter

extension RuleHandle {
    /// Most instructions that a rule can have (`NFT_RULE_MAXEXPRS`).
    private static var maximumExpressionCount: Int { 128 }

    /// The rule to be made.
    static func make(_ rule: Rule, chain: String, table: TableID) throws(EncodingError) -> RuleHandle {
        try Check.comment(rule.comment)
        guard rule.expressions.count <= Self.maximumExpressionCount else {
            throw .invalid(
                "a rule has at most \(Self.maximumExpressionCount) instructions; this one has \(rule.expressions.count)"
            )
        }
        let handle = try RuleHandle(chain: chain, table: table)
        for expression in rule.expressions { try handle.append(expression) }
        let data = UserData(comment: rule.comment)
        if !data.isEmpty {
            _ = unsafe nftnl_rule_set_data(
                handle.pointer,
                UInt16(NFTNL_RULE_USERDATA.rawValue),
                data.bytes,
                UInt32(data.bytes.count)
            )
        }
        return handle
    }

    private func append(_ expression: Expression) throws(EncodingError) {
        guard let codec = expression.codec else {
            throw .invalid("the rule has an instruction that is only known by name, and cannot be written")
        }
        guard let instruction = unsafe nftnl_expr_alloc(type(of: codec).kernelName) else { throw .outOfMemory }
        unsafe codec.encode(into: ExpressionHandle(instruction))
        // From here on the rule owns it.
        unsafe nftnl_rule_add_expr(pointer, instruction)
    }

    /// The rule to be deleted; without a number, all rules of the chain.
    init(deleting number: UInt64?, chain: String, table: TableID) throws(EncodingError) {
        try self.init(chain: chain, table: table)
        if let number { unsafe nftnl_rule_set_u64(pointer, UInt16(NFTNL_RULE_HANDLE.rawValue), number) }
    }

    private init(chain: String, table: TableID) throws(EncodingError) {
        try Check.name(chain, of: "chain")
        try self.init()
        _ = unsafe nftnl_rule_set_str(pointer, UInt16(NFTNL_RULE_TABLE.rawValue), table.name)
        _ = unsafe nftnl_rule_set_str(pointer, UInt16(NFTNL_RULE_CHAIN.rawValue), chain)
    }

    /// Name of the chain that the rule is in.
    var chainName: String? {
        unsafe nftnl_rule_get_str(pointer, UInt16(NFTNL_RULE_CHAIN.rawValue)).map { unsafe String(cString: $0) }
    }

    /// The rule that was read.
    var installedRule: InstalledRule {
        var expressions: [Expression] = []
        if let iterator = unsafe nftnl_expr_iter_create(pointer) {
            while let instruction = unsafe nftnl_expr_iter_next(iterator) {
                unsafe expressions.append(Expression(ExpressionHandle(instruction)))
            }
            unsafe nftnl_expr_iter_destroy(iterator)
        }
        var count: UInt32 = 0
        let bytes = unsafe nftnl_rule_get_data(pointer, UInt16(NFTNL_RULE_USERDATA.rawValue), &count)
        return unsafe InstalledRule(
            handle: nftnl_rule_get_u64(pointer, UInt16(NFTNL_RULE_HANDLE.rawValue)),
            rule: Rule(expressions, comment: UserData(copying: bytes, count: count).comment)
        )
    }
}
