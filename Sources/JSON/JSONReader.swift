/// Reads JSON (RFC 8259) value by value, in the order of the bytes, and skips what nobody asks for.
///
/// Reading is pulling: the caller says what it expects next.
///
///     try reader.beginObject()
///     while let field = try reader.nextField(of: Self.fields) {
///         switch field {
///         case .name: name = try reader.readString()
///         case .ports: try reader.beginArray(); while try reader.nextElement() { ports.append(try …) }
///         }
///     }
///
/// Fields whose value is `null` are skipped as if they were not there, as Go does. Everything is checked, what is
/// skipped too, except that texts which are skipped may hold bytes that are not UTF-8. Values nest at most
/// ``depthLimit`` deep. After an error the reader must not be used on, except by going back with ``rewind(to:)``.
public struct JSONReader: Sendable {
    /// How deep arrays and objects may nest.
    public static let depthLimit = 128

    /// What is read.
    package let bytes: [UInt8]
    /// The next byte to read, from 0.
    public internal(set) var offset: Int
    /// How many objects and arrays are open.
    var depth = 0
    /// True between the opening of an object or array and its first member: no comma is expected.
    var isAtFirstMember = false

    /// A reader at the first of these bytes.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        offset = 0
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { offset = 3 }  // byte order mark
    }

    /// A reader at the first of these bytes; they are copied.
    public init(_ bytes: some Sequence<UInt8>) {
        self.init(Array(bytes))
    }

    // MARK: Objects and arrays

    /// Enters an object; its members are then taken with ``nextField(of:)`` or ``nextKey()`` until those return nil.
    public mutating func beginObject() throws(JSONError) {
        guard try nextByte() == UInt8(ascii: "{") else { throw mismatch("an object") }
        try open()
    }

    /// Enters an array; its elements are then taken, each after a ``nextElement()`` that returns true.
    public mutating func beginArray() throws(JSONError) {
        guard try nextByte() == UInt8(ascii: "[") else { throw mismatch("an array") }
        try open()
    }

    private mutating func open() throws(JSONError) {
        guard depth < Self.depthLimit else {
            throw JSONError(offset: offset, reason: "nested more than \(Self.depthLimit) deep")
        }
        offset += 1
        depth += 1
        isAtFirstMember = true
    }

    private mutating func close() {
        offset += 1
        depth -= 1
        isAtFirstMember = false
    }

    /// Goes to the next element of the array; false where there is none, and the array is left.
    public mutating func nextElement() throws(JSONError) -> Bool {
        let byte = try nextByte()
        if byte == UInt8(ascii: "]") {
            close()
            return false
        }
        if isAtFirstMember {
            isAtFirstMember = false
        } else {
            guard byte == UInt8(ascii: ",") else { throw unexpected("a comma or a closing bracket") }
            offset += 1
            guard try nextByte() != UInt8(ascii: "]") else { throw unexpected("a value after the comma") }
        }
        return true
    }

    /// Goes to the value of the next field that `fields` has and that is not null; nil where there is none, and the
    /// object is left.
    @inlinable
    public mutating func nextField<Field>(of fields: JSONFields<Field>) throws(JSONError) -> Field? {
        guard let index = try nextField(of: fields.names) else { return nil }
        return fields.cases[index]
    }

    /// As above; returns the field's index.
    @usableFromInline
    mutating func nextField(of names: JSONNames) throws(JSONError) -> Int? {
        while try nextMember() {
            let key = try scanString()
            let index =
                key.isEscaped
                ? names[try unescape(key)] : names.find(in: bytes, start: key.start, count: key.end - key.start)
            try readColon()
            if let index {
                if try !skipNull() { return index }
            } else {
                try skipValue()
            }
        }
        return nil
    }

    /// Goes to the value of the next field that is not null, and returns its name; nil where there is none, and the
    /// object is left.
    public mutating func nextKey() throws(JSONError) -> String? {
        while try nextMember() {
            let key = try text(of: try scanString())
            try readColon()
            if try !skipNull() { return key }
        }
        return nil
    }

    /// Goes to the key of the next member; false where there is none, and the object is left.
    package mutating func nextMember() throws(JSONError) -> Bool {
        var byte = try nextByte()
        if byte == UInt8(ascii: "}") {
            close()
            return false
        }
        if isAtFirstMember {
            isAtFirstMember = false
        } else {
            guard byte == UInt8(ascii: ",") else { throw unexpected("a comma or a closing brace") }
            offset += 1
            byte = try nextByte()
        }
        guard byte == UInt8(ascii: "\"") else { throw unexpected("a name in quotes") }
        return true
    }

    /// Reads the colon between a key and its value.
    package mutating func readColon() throws(JSONError) {
        guard try nextByte() == UInt8(ascii: ":") else { throw unexpected("a colon") }
        offset += 1
    }

    // MARK: Scalars

    /// Reads a string. Bytes that are not UTF-8, and halves of surrogate pairs, become U+FFFD, as in Go.
    public mutating func readString() throws(JSONError) -> String {
        guard try nextByte() == UInt8(ascii: "\"") else { throw mismatch("a string") }
        return try text(of: try scanString())
    }

    /// Reads `true` or `false`.
    public mutating func readBool() throws(JSONError) -> Bool {
        switch try nextByte() {
        case UInt8(ascii: "t"):
            try readLiteral("true")
            return true
        case UInt8(ascii: "f"):
            try readLiteral("false")
            return false
        default:
            throw mismatch("true or false")
        }
    }

    /// Reads a whole number; `80.0` and `8e1` are none, as in Go.
    public mutating func readInteger() throws(JSONError) -> Int {
        let first = try nextByte()
        guard first == UInt8(ascii: "-") || Self.isDigit(first) else { throw mismatch("a whole number") }
        let start = offset
        let isWhole = try scanNumber()
        var value = 0
        for byte in bytes[start..<offset] where byte != UInt8(ascii: "-") {
            let digit = Int(byte) - Int(UInt8(ascii: "0"))
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                first == UInt8(ascii: "-")
                ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard isWhole, !overflow, !carry else {
                offset = start
                throw mismatch("a whole number of at most 64 bits")
            }
            value = sum
        }
        return value
    }

    /// Reads a string or a whole number, and returns its text (`IntOrString`).
    public mutating func readIntegerOrString() throws(JSONError) -> String {
        try nextByte() == UInt8(ascii: "\"") ? try readString() : "\(try readInteger())"
    }

    /// Reads an array whose elements `read` reads.
    @inlinable
    public mutating func readArray<Element>(
        _ read: (inout JSONReader) throws(JSONError) -> Element
    ) throws(JSONError) -> [Element] {
        var elements: [Element] = []
        try beginArray()
        while try nextElement() { elements.append(try read(&self)) }
        return elements
    }

    /// Reads an array of strings.
    public mutating func readStrings() throws(JSONError) -> [String] {
        var strings: [String] = []
        try beginArray()
        while try nextElement() { strings.append(try readString()) }
        return strings
    }

    /// Reads an object whose values are strings.
    public mutating func readStringMap() throws(JSONError) -> [String: String] {
        var map: [String: String] = [:]
        try beginObject()
        while let key = try nextKey() { map[key] = try readString() }
        return map
    }

    /// Skips a `null`; false where something else stands there, and nothing is skipped.
    public mutating func skipNull() throws(JSONError) -> Bool {
        guard try nextByte() == UInt8(ascii: "n") else { return false }
        try readLiteral("null")
        return true
    }

    // MARK: Position

    /// Checks that nothing but white space is left.
    public mutating func finish() throws(JSONError) {
        skipWhitespace()
        guard offset == bytes.count else { throw unexpected("the end, as the value is complete") }
    }

    /// Whether nothing but white space is left.
    public mutating func isAtEnd() -> Bool {
        skipWhitespace()
        return offset == bytes.count
    }

    /// A place to come back to.
    public struct Position: Sendable {
        /// The next byte to read, counted as ``JSONReader/offset`` is.
        public let offset: Int
        let depth: Int
        let isAtFirstMember: Bool

        /// Where a value begins, counted as ``JSONReader/offset`` is, as if it were the only one.
        package init(valueAt offset: Int) {
            self.init(offset: offset, depth: 0, isAtFirstMember: false)
        }

        init(offset: Int, depth: Int, isAtFirstMember: Bool) {
            self.offset = offset
            self.depth = depth
            self.isAtFirstMember = isAtFirstMember
        }
    }

    /// Where the reader is.
    public var position: Position {
        Position(offset: offset, depth: depth, isAtFirstMember: isAtFirstMember)
    }

    /// Goes back to where it was, as if nothing had been read since; also after an error.
    public mutating func rewind(to position: Position) {
        offset = position.offset
        depth = position.depth
        isAtFirstMember = position.isAtFirstMember
    }
}
