internal import CNetfilter
internal import Netlink

extension ElementAttribute {
    /// Calls `body` with the attribute of each element that a message carries, and its number from 0.
    ///
    /// - Parameter headers: Bytes of netlink's header, where the message is whole.
    static func forEachElement(
        in message: RawSpan,
        headers: Int = 0,
        _ body: (AttributeReader.Attribute, Int) throws(MessageError) -> Void
    ) throws(MessageError) {
        var attributes = AttributeReader(from: headers + FamilyHeader.byteCount)
        while let attribute = try attributes.next(in: message) {
            guard attribute.type == elements else { continue }
            var list = AttributeReader(nestedIn: attribute)
            var count = 0
            while let element = try list.next(in: message) {
                try body(element, count)
                count += 1
            }
        }
    }
}

extension Element {
    /// Appends the elements that a message of the kernel carries.
    static func append(from message: RawSpan, to elements: inout [Element]) throws(MessageError) {
        try ElementAttribute.forEachElement(in: message) { attribute, _ throws(MessageError) in
            if let element = try Element(attribute, in: message) { elements.append(element) }
        }
    }

    /// The element that an attribute says; nil where it says what there is no value for, such as an object's name.
    private init?(_ element: AttributeReader.Attribute, in message: RawSpan) throws(MessageError) {
        self.init(RegisterValue())
        var attributes = AttributeReader(nestedIn: element)
        while let attribute = try attributes.next(in: message) {
            switch attribute.type {
            case ElementAttribute.key:
                guard let value = try RegisterValue(nestedIn: attribute, of: message) else { return nil }
                key = value
            case ElementAttribute.keyEnd:
                guard let value = try RegisterValue(nestedIn: attribute, of: message) else { return nil }
                keyEnd = value
            case ElementAttribute.data:
                guard let value = try Value(nestedIn: attribute, of: message) else { return nil }
                self.value = value
            case ElementAttribute.flags:
                let flags = try message.integer(attribute, as: UInt32.self).bigEndian
                isIntervalEnd = flags & UInt32(NFT_SET_ELEM_INTERVAL_END.rawValue) != 0
                isCatchAll = flags & UInt32(NFT_SET_ELEM_CATCHALL.rawValue) != 0
            case ElementAttribute.timeout:
                timeout = .milliseconds(try message.integer(attribute, as: UInt64.self).bigEndian)
            case ElementAttribute.expiration:
                expiration = .milliseconds(try message.integer(attribute, as: UInt64.self).bigEndian)
            case ElementAttribute.userData:
                comment = UserData(bytes: try message.bytes(attribute)).comment
            default:
                break
            }
        }
    }
}

extension RegisterValue {
    /// The value in `NFTA_DATA_VALUE`; nil where there is none, or it is longer than 64 bytes.
    fileprivate init?(nestedIn data: AttributeReader.Attribute, of message: RawSpan) throws(MessageError) {
        var attributes = AttributeReader(nestedIn: data)
        while let attribute = try attributes.next(in: message) {
            guard attribute.type == DataAttribute.value else { continue }
            self.init(copying: message.extracting(attribute.payload))
            return
        }
        return nil
    }
}

extension Element.Value {
    /// The value, or the verdict; nil for one that rules cannot give.
    fileprivate init?(nestedIn data: AttributeReader.Attribute, of message: RawSpan) throws(MessageError) {
        if let value = try RegisterValue(nestedIn: data, of: message) {
            self = .data(value)
            return
        }
        var code: Int32?
        var chain: String?
        var attributes = AttributeReader(nestedIn: data)
        while let attribute = try attributes.next(in: message) {
            guard attribute.type == DataAttribute.verdict else { continue }
            var fields = AttributeReader(nestedIn: attribute)
            while let field = try fields.next(in: message) {
                switch field.type {
                case DataAttribute.verdictCode: code = try message.integer(field, as: Int32.self).bigEndian
                case DataAttribute.verdictChain: chain = try message.string(field)
                default: break
                }
            }
        }
        guard let code, let verdict = Verdict(code: code, chain: chain) else { return nil }
        self = .verdict(verdict)
    }
}
