internal import CNetfilter

extension Element {
    /// Appends the elements that a message of the kernel carries.
    static func append(from message: ReceivedMessage, to elements: inout [Element]) {
        guard let list = message.attributes.first(ElementAttribute.elements) else { return }
        for attribute in list.nested {
            if let element = Element(attribute.nested) { elements.append(element) }
        }
    }

    /// The element that these attributes say; nil where they say what there is no value for, such as an object's name.
    private init?(_ attributes: AttributeList) {
        self.init(RegisterValue())
        for attribute in attributes {
            switch attribute.type {
            case ElementAttribute.key:
                guard let value = attribute.nested.first(DataAttribute.value)?.value else { return nil }
                key = value
            case ElementAttribute.keyEnd:
                keyEnd = attribute.nested.first(DataAttribute.value)?.value
            case ElementAttribute.data:
                guard let value = Value(attribute.nested) else { return nil }
                self.value = value
            case ElementAttribute.flags:
                let flags = attribute.uint32 ?? 0
                isIntervalEnd = flags & NFT_SET_ELEM_INTERVAL_END.rawValue != 0
                isCatchAll = flags & NFT_SET_ELEM_CATCHALL.rawValue != 0
            case ElementAttribute.timeout:
                timeout = attribute.uint64.map { .milliseconds($0) }
            case ElementAttribute.expiration:
                expiration = attribute.uint64.map { .milliseconds($0) }
            case ElementAttribute.userData:
                comment = attribute.userData.comment
            default:
                break
            }
        }
    }
}

extension Element.Value {
    fileprivate init?(_ attributes: AttributeList) {
        for attribute in attributes {
            switch attribute.type {
            case DataAttribute.value:
                guard let value = attribute.value else { return nil }
                self = .data(value)
                return
            case DataAttribute.verdict:
                let fields = attribute.nested
                guard let code = fields.first(DataAttribute.verdictCode)?.uint32,
                    let verdict = Verdict(
                        code: Int32(bitPattern: code),
                        chain: fields.first(DataAttribute.verdictChain)?.string
                    )
                else { return nil }
                self = .verdict(verdict)
                return
            default:
                continue
            }
        }
        return nil
    }
}
