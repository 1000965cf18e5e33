internal import Addressing

/// Types of the fields in a set's user data (`enum nftnl_udata_set_types`).
private enum SetField {
    static let keyByteOrder: UInt8 = 0
    static let dataByteOrder: UInt8 = 1
    static let mergeElements: UInt8 = 2
    static let keyTypeof: UInt8 = 3
    static let dataTypeof: UInt8 = 4
    static let dataInterval: UInt8 = 6
    static let comment: UInt8 = 7
}

extension NamedSet {
    /// What nft 1.0.6 writes beside a set so as to print it, and load what it printed.
    var userData: UserData {
        var data = UserData()
        data.append(SetField.keyByteOrder, key.byteOrder.rawValue)
        if case .data(let fields) = value {
            data.append(SetField.dataByteOrder, fields.byteOrder.rawValue)
        } else if value == .verdict {
            data.append(SetField.dataByteOrder, DataType.ByteOrder.unspecified.rawValue)
        }
        if mergesRanges { data.append(SetField.mergeElements, 1) }
        if let typeof {
            data.append(SetField.keyTypeof, typeof.key.userData)
            if !typeof.value.isEmpty { data.append(SetField.dataTypeof, typeof.value.userData) }
        }
        // Whether values are ranges; they never are here.
        if isMap { data.append(SetField.dataInterval, 0) }
        if let comment { data.append(SetField.comment, comment) }
        return data
    }

    /// Takes over what the user data says.
    mutating func read(_ data: UserData) {
        mergesRanges = data.number(SetField.mergeElements) == 1
        comment = data.text(SetField.comment)
        if key.count == 1, let order = data.number(SetField.keyByteOrder).flatMap(DataType.ByteOrder.init(rawValue:)) {
            key[0].byteOrder = order
        }
        if case .data(var fields) = value, fields.count == 1,
            let order = data.number(SetField.dataByteOrder).flatMap(DataType.ByteOrder.init(rawValue:))
        {
            fields[0].byteOrder = order
            value = .data(fields)
        }
        guard let key = data.nested(SetField.keyTypeof).flatMap([Selector].init(userData:)) else { return }
        if let described = data.nested(SetField.dataTypeof) {
            guard let value = [Selector](userData: described) else { return }
            typeof = Typeof(key: key, value: value)
        } else {
            typeof = Typeof(key: key)
        }
    }
}

extension [DataType] {
    /// A concatenation has no order of its own.
    fileprivate var byteOrder: DataType.ByteOrder { count == 1 ? self[0].byteOrder : .unspecified }
}
