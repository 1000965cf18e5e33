extension Transaction.Operation {
    /// At least the bytes of the messages that carry it.
    var byteEstimate: Int {
        // A message: netlink and netfilter headers, table, object's name, set id; each attribute has 4 bytes and
        // padding.
        let message = 64 + table.name.utf8.count
        switch self {
        case .addTable(let table): return message + 32 + Self.comment(table.comment)
        case .deleteTable: return message
        case .addChain(let chain, _): return message + 96 + chain.name.utf8.count + Self.comment(chain.comment)
        case .deleteChain(let name, _), .flushChain(let name, _), .deleteSet(let name, _), .flushSet(let name, _):
            return message + 16 + name.utf8.count
        case .deleteRule(_, let chain, _): return message + 32 + chain.utf8.count
        case .addRule(let rule, let chain, _):
            let names = rule.expressions.reduce(0) { $0 + $1.nameByteCount }
            // The largest instruction, a range over 64 bytes twice, takes less than 224.
            return message + 32 + chain.utf8.count + rule.expressions.count * 224 + names + Self.comment(rule.comment)
        case .addSet(let set, _):
            return message + 512 + set.name.utf8.count + Self.comment(set.comment) + 48 * (set.typeof?.key.count ?? 0)
                + 48 * (set.typeof?.value.count ?? 0)
        case .addElements(let elements, let name, _), .deleteElements(let elements, let name, _),
            .destroyElements(let elements, let name, _):
            let content = elements.reduce(0) { $0 + $1.byteEstimate }
            return content + (1 + content / ElementMessages.splitByteCount) * (message + 32 + name.utf8.count)
        }
    }

    private static func comment(_ text: String?) -> Int { text.map { $0.utf8.count + 16 } ?? 0 }
}

extension Element {
    /// At least the bytes of its attributes in a message.
    var byteEstimate: Int {
        // The element's nest; the key's two nests and padding.
        var count = 4 + 12 + key.byteCount
        if let keyEnd { count += 12 + keyEnd.byteCount }
        switch value {
        case .none: break
        case .data(let data): count += 12 + data.byteCount
        case .verdict(let verdict): count += 16 + (verdict.chain.map { $0.utf8.count + 8 } ?? 0)
        }
        if isIntervalEnd || isCatchAll { count += 8 }
        if timeout != nil { count += 12 }
        if expiration != nil { count += 12 }
        if let comment { count += 10 + comment.utf8.count }
        return count
    }
}

extension Expression {
    /// Bytes of the names that it holds.
    fileprivate var nameByteCount: Int {
        switch self {
        case .lookup(let lookup): lookup.set.utf8.count
        case .dynamicSet(let change): change.set.utf8.count
        case .immediate(.verdict(let verdict)): verdict.chain?.utf8.count ?? 0
        default: 0
        }
    }
}
