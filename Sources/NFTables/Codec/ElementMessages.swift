internal import CNetfilter

/// Writes elements as messages.
///
/// An own writer, not libnftnl: a cold start is mostly elements, and libnftnl allocates one object and several
/// buffers for each. Measured over 120,000 elements in `netns-tests/NFTables/ElementBenchmark.swift`.
enum ElementMessages {
    /// Which elements go into one message: as many as its nest, whose length has 16 bits, can hold. Without elements
    /// there is one message without a nest, which for the kernel means all elements.
    static func parts(of elements: [Element]) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var first = 0
        var byteCount = 0
        for (index, element) in elements.enumerated() {
            let size = element.byteEstimate
            if byteCount + size > ElementMessage.splitByteCount, index > first {
                parts.append(first..<index)
                first = index
                byteCount = 0
            }
            byteCount += size
        }
        parts.append(first..<elements.count)
        return parts
    }

    /// Appends the message that carries those elements.
    ///
    /// - Parameter keysOnly: Leaves out what deleting does not need.
    static func append(
        _ elements: ArraySlice<Element>,
        to buffer: inout MessageBuffer,
        header: MessageHeader,
        set: String,
        table: TableID,
        keysOnly: Bool
    ) {
        let byteCount = elements.reduce(0) { $0 + $1.byteEstimate }
        let names = table.name.utf8.count + set.utf8.count
        buffer.append(header, reserving: byteCount + names + 32) { writer in
            writer.put(ElementAttribute.table, table.name)
            writer.put(ElementAttribute.set, set)
            guard !elements.isEmpty else { return }
            writer.nest(ElementAttribute.elements) { writer in
                for element in elements {
                    writer.nest(ElementAttribute.element) { put(element, to: &$0, keyOnly: keysOnly) }
                }
            }
        }
    }

    @inline(__always)
    private static func put(_ element: Element, to writer: inout AttributeWriter, keyOnly: Bool) {
        let flags =
            (element.isIntervalEnd ? UInt32(NFT_SET_ELEM_INTERVAL_END.rawValue) : 0)
            | (element.isCatchAll ? UInt32(NFT_SET_ELEM_CATCHALL.rawValue) : 0)
        if flags != 0 { writer.put(ElementAttribute.flags, networkOrder: flags) }
        if !element.isCatchAll {
            writer.nest(ElementAttribute.key) { $0.put(DataAttribute.value, element.key) }
        }
        if let keyEnd = element.keyEnd {
            writer.nest(ElementAttribute.keyEnd) { $0.put(DataAttribute.value, keyEnd) }
        }
        if keyOnly { return }
        switch element.value {
        case .none:
            break
        case .data(let data):
            writer.nest(ElementAttribute.data) { $0.put(DataAttribute.value, data) }
        case .verdict(let verdict):
            writer.nest(ElementAttribute.data) { writer in
                writer.nest(DataAttribute.verdict) { writer in
                    let code = UInt32(bitPattern: verdict.code)
                    writer.put(DataAttribute.verdictCode, networkOrder: code)
                    if let chain = verdict.chain { writer.put(DataAttribute.verdictChain, chain) }
                }
            }
        }
        if let timeout = element.timeout {
            writer.put(ElementAttribute.timeout, networkOrder: timeout.wholeMilliseconds)
        }
        if let expiration = element.expiration {
            writer.put(ElementAttribute.expiration, networkOrder: expiration.wholeMilliseconds)
        }
        if let comment = element.comment {
            writer.put(ElementAttribute.userData, comment: comment)
        }
    }
}
