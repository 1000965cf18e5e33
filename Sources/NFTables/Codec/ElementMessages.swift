internal import CNetfilter
internal import Netlink

/// Writes elements as messages.
///
/// Not by libnftnl: a cold start is mostly elements, and libnftnl allocates an object and several buffers for each. For
/// 120,000 elements it took 15 to 28 ms from C, this takes 4 to 8 ms; the kernel then takes 200 to 220.
enum ElementMessages {
    /// Elements go into further messages past this many bytes: the length of the nest that holds them has 16 bits.
    static let splitByteCount = 60 * 1024

    /// Which elements go into one message. Without elements there is one message without a nest, which for the kernel
    /// means all elements.
    static func parts(of elements: [Element]) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var first = 0
        var byteCount = 0
        for (index, element) in elements.enumerated() {
            let size = element.byteEstimate
            if byteCount + size > splitByteCount, index > first {
                parts.append(first..<index)
                first = index
                byteCount = 0
            }
            byteCount += size
        }
        parts.append(first..<elements.count)
        return parts
    }

    /// Writes the attributes of a message that carries those elements.
    ///
    /// - Parameter keysOnly: Leaves out what deleting does not need.
    static func put(
        _ elements: ArraySlice<Element>,
        to writer: inout MessageWriter,
        set: String,
        table: TableID,
        keysOnly: Bool
    ) {
        writer.attribute(ElementAttribute.table, string: table.name)
        writer.attribute(ElementAttribute.set, string: set)
        guard !elements.isEmpty else { return }
        writer.nested(ElementAttribute.elements) { writer in
            for element in elements {
                writer.nested(ElementAttribute.element) { put(element, to: &$0, keyOnly: keysOnly) }
            }
        }
    }

    @inline(__always)
    private static func put(_ element: Element, to writer: inout MessageWriter, keyOnly: Bool) {
        let flags =
            (element.isIntervalEnd ? NFT_SET_ELEM_INTERVAL_END.rawValue : 0)
            | (element.isCatchAll ? NFT_SET_ELEM_CATCHALL.rawValue : 0)
        if flags != 0 { writer.attribute(ElementAttribute.flags, UInt32(flags).bigEndian) }
        if !element.isCatchAll {
            writer.nested(ElementAttribute.key) { $0.attribute(DataAttribute.value, element.key) }
        }
        if let keyEnd = element.keyEnd {
            writer.nested(ElementAttribute.keyEnd) { $0.attribute(DataAttribute.value, keyEnd) }
        }
        if keyOnly { return }
        switch element.value {
        case .none:
            break
        case .data(let data):
            writer.nested(ElementAttribute.data) { $0.attribute(DataAttribute.value, data) }
        case .verdict(let verdict):
            writer.nested(ElementAttribute.data) { $0.nested(DataAttribute.verdict) { put(verdict, to: &$0) } }
        }
        if let timeout = element.timeout {
            writer.attribute(ElementAttribute.timeout, timeout.wholeMilliseconds.bigEndian)
        }
        if let expiration = element.expiration {
            writer.attribute(ElementAttribute.expiration, expiration.wholeMilliseconds.bigEndian)
        }
        if let comment = element.comment {
            writer.attribute(ElementAttribute.userData, bytes: UserData(comment: comment).bytes)
        }
    }

    private static func put(_ verdict: Verdict, to writer: inout MessageWriter) {
        writer.attribute(DataAttribute.verdictCode, verdict.code.bigEndian)
        if let chain = verdict.chain { writer.attribute(DataAttribute.verdictChain, string: chain) }
    }
}
