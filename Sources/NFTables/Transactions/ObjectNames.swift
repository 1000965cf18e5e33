internal import Addressing

/// How errors name the objects of one transaction.
struct ObjectNames {
    private let transaction: Transaction
    /// Sets by which elements were named so far, the transaction's own first; nil for one that was not found.
    private var sets: [SetID: NamedSet?] = [:]

    private struct SetID: Hashable {
        var table: TableID
        var name: String
    }

    init(of transaction: Transaction) {
        self.transaction = transaction
        for case .addSet(let set, let table) in transaction.operations {
            sets[SetID(table: table, name: set.name)] = .some(set)
        }
    }

    /// The name of an operation's object, or of one of its elements.
    ///
    /// - Parameter present: Finds a set that was there before the transaction; asked once for each. With it, or the
    ///   transaction's own, an element's key is printed by the types of its fields.
    mutating func name(
        operation index: Int,
        elementIndex: Int?,
        present: (String, TableID) -> NamedSet?
    ) -> String {
        let operation = transaction.operations[index]
        switch operation {
        case .addElements(let elements, let name, let table), .deleteElements(let elements, let name, let table),
            .destroyElements(let elements, let name, let table):
            let set = set(name, table, present)
            let place = "\(set?.isMap == true ? "map" : "set") \(name) of table \(table)"
            let index = elements.count == 1 ? 0 : elementIndex
            guard let index, elements.indices.contains(index) else { return "elements of \(place)" }
            return "element \(Self.key(of: elements[index], as: set)) of \(place)"
        default:
            return operation.summary
        }
    }

    private mutating func set(
        _ name: String,
        _ table: TableID,
        _ present: (String, TableID) -> NamedSet?
    ) -> NamedSet? {
        let id = SetID(table: table, name: name)
        if let known = sets[id] { return known }
        let found = present(name, table)
        sets[id] = .some(found)
        return found
    }

    /// The key as `nft` prints it where the types are known, else its bytes.
    private static func key(of element: Element, as set: NamedSet?) -> String {
        var text = element.isCatchAll ? "*" : key(element.key, as: set)
        if let keyEnd = element.keyEnd { text += " - " + key(keyEnd, as: set) }
        return element.isIntervalEnd ? text + " (end of interval)" : text
    }

    private static func key(_ key: RegisterValue, as set: NamedSet?) -> String {
        guard let set, set.keyByteCount == key.byteCount else { return key.description }
        let bytes = key.bytes
        var offset = 0
        return set.key.map { type in
            defer { offset += (type.byteCount + 3) & ~3 }
            return type.text(of: bytes[offset..<offset + type.byteCount])
        }.joined(separator: " . ")
    }
}

extension DataType {
    /// A value of this type as `nft` prints it.
    fileprivate func text(of bytes: ArraySlice<UInt8>) -> String {
        switch self {
        case .ipv4Address, .ipv6Address:
            if let address = IPAddress(networkBytes: bytes) { return address.description }
        case .inetProtocol:
            if let number = bytes.first {
                return TransportProtocol(rawValue: number)?.description.lowercased() ?? "\(number)"
            }
        default:
            break
        }
        guard byteCount <= 8 else { return RegisterValue(bytes: bytes)?.description ?? "" }
        let ordered = byteOrder == .host ? Array(bytes.reversed()) : Array(bytes)
        return "\(ordered.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })"
    }
}
