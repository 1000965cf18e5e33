import JSON

/// A JSON text as the values of a message's fields, one after the other as they stand there: read once, then looked at
/// in whatever order.
struct JSONTape {
    /// A value.
    struct Entry {
        /// The field's position in its message; of a map's or list's values, nothing.
        var position: Int32
        /// Whether it is a string with escapes.
        var isEscaped = false
        /// Whether JSON has a string there.
        var isString = false
        /// The value's bytes; of a string those between its quotes.
        var start: Int32
        var end: Int32
        /// The entry after this one and all that is in it.
        var next: Int32 = 0
    }

    /// All values. What is in a message, a list or a map follows it; a map has a name and then its value.
    private(set) var entries: [Entry] = []
    private var reader: JSONReader
    private let plan: CodecPlan

    /// Reads a message. Values that are null, or of another type than their fields, are left out.
    init(_ json: [UInt8], _ message: CodecPlan.Message, plan: CodecPlan) throws(JSONError) {
        guard json.count < Int32.max else { throw JSONError(offset: 0, reason: "more than 2 GiB") }
        self.plan = plan
        reader = JSONReader(json)
        entries.reserveCapacity(json.count / 12)
        if try reader.nextByte() == UInt8(ascii: "{") {
            try readMessage(message, position: 0)
        } else {
            try reader.skipValue()
        }
        try reader.finish()
    }

    /// The text of a string.
    func text(_ entry: Entry) -> String {
        let string = JSONReader.ScannedString(Int(entry.start)..<Int(entry.end), isEscaped: entry.isEscaped)
        return (try? reader.text(of: string)) ?? ""
    }

    /// The bytes of the JSON.
    var source: [UInt8] { reader.bytes }

    private mutating func open(_ position: Int) -> Int {
        let offset = Int32(truncatingIfNeeded: reader.offset)
        entries.append(Entry(position: Int32(truncatingIfNeeded: position), start: offset, end: offset))
        return entries.count - 1
    }

    private mutating func close(_ index: Int) {
        entries[index].end = Int32(truncatingIfNeeded: reader.offset)
        entries[index].next = Int32(truncatingIfNeeded: entries.count)
    }

    private mutating func readMessage(_ message: CodecPlan.Message, position: Int) throws(JSONError) {
        let index = open(position)
        try reader.beginObject()
        var hint = 0
        while try reader.nextMember() {
            let key = try reader.scanString()
            try reader.readColon()
            guard !key.isEscaped, let position = message.position(of: key.start..<key.end, in: reader.bytes, hint: hint)
            else {
                try reader.skipValue()
                continue
            }
            hint = position + 1
            try readField(message.fields[position], position: position)
        }
        close(index)
    }

    private mutating func readField(_ field: CodecPlan.Field, position: Int) throws(JSONError) {
        switch field.shape {
        case .single:
            try readElement(field.element, position: position)
        case .list:
            try readList(of: field.element, position: position)
        case .map, .mapOfLists:
            guard try reader.nextByte() == UInt8(ascii: "{") else { return try reader.skipValue() }
            let index = open(position)
            try reader.beginObject()
            while try reader.nextMember() {
                let count = entries.count
                try readString(position: 0)
                try reader.readColon()
                let named = entries.count
                if field.shape == .map {
                    try readElement(field.element, position: 0)
                } else {
                    try readList(of: field.element, position: 0)
                }
                // A name without a value that counts.
                if entries.count == named { entries.removeSubrange(count...) }
            }
            close(index)
        }
    }

    private mutating func readList(of element: CodecPlan.Element, position: Int) throws(JSONError) {
        guard try reader.nextByte() == UInt8(ascii: "[") else { return try reader.skipValue() }
        let index = open(position)
        try reader.beginArray()
        while try reader.nextElement() { try readElement(element, position: 0) }
        close(index)
    }

    private mutating func readElement(_ element: CodecPlan.Element, position: Int) throws(JSONError) {
        let first = try reader.nextByte()
        if case .message(let index) = element {
            guard first == UInt8(ascii: "{") else { return try reader.skipValue() }
            return try readMessage(plan.messages[index], position: position)
        }
        if first == UInt8(ascii: "\""), element != .anyJSON { return try readString(position: position) }
        guard first != UInt8(ascii: "n"), element == .anyJSON || element.isWritten(from: first) else {
            return try reader.skipValue()
        }
        let index = open(position)
        try reader.skipValue()
        close(index)
    }

    private mutating func readString(position: Int) throws(JSONError) {
        guard try reader.nextByte() == UInt8(ascii: "\"") else { return try reader.skipValue() }
        let string = try reader.scanString()
        var entry = Entry(
            position: Int32(truncatingIfNeeded: position),
            start: Int32(truncatingIfNeeded: string.start),
            end: Int32(truncatingIfNeeded: string.end)
        )
        entry.isEscaped = string.isEscaped
        entry.isString = true
        entry.next = Int32(truncatingIfNeeded: entries.count + 1)
        entries.append(entry)
    }
}

extension CodecPlan.Element {
    /// Whether JSON that begins with that byte, and is no string, can be one.
    fileprivate func isWritten(from first: UInt8) -> Bool {
        switch self {
        case .bool: first == UInt8(ascii: "t") || first == UInt8(ascii: "f")
        case .int32, .int64, .double, .intOrString, .quantity:
            first == UInt8(ascii: "-") || JSONReader.isDigit(first)
        default: false
        }
    }
}
