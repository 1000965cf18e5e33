import JSON
import Testing

@Suite("JSONReader")
struct JSONReaderTests {
    private func string(_ json: String) throws -> String {
        var reader = JSONReader(json.utf8)
        let string = try reader.readString()
        try reader.finish()
        return string
    }

    private func integer(_ json: String) throws -> Int {
        var reader = JSONReader(json.utf8)
        let integer = try reader.readInteger()
        try reader.finish()
        return integer
    }

    @Test(
        "strings come without their escapes",
        arguments: [
            (#""""#, ""), (#"  "a" "#, "a"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\ude00""#, "😀"), (#""é€😀""#, "é€😀"),
            (#""eight by""#, "eight by"), (#""more than eight \n bytes""#, "more than eight \n bytes"),
            (#""\u0000""#, "\0"),
        ]
    )
    func strings(json: String, text: String) throws {
        #expect(try string(json) == text)
    }

    @Test(
        "half a surrogate pair becomes a replacement character",
        arguments: [
            (#""\ud83d""#, "\u{fffd}"), (#""\ud83dx""#, "\u{fffd}x"), (#""\ude00""#, "\u{fffd}"),
            (#""\ud83d\u0041""#, "\u{fffd}A"), (#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
        ]
    )
    func surrogates(json: String, text: String) throws {
        #expect(try string(json) == text)
    }

    @Test("bytes that are not UTF-8 become replacement characters")
    func invalidUTF8() throws {
        var reader = JSONReader([0x22, 0x61, 0xff, 0x62, 0x22])
        #expect(try reader.readString() == "a\u{fffd}b")
    }

    @Test(
        "integers are read to the ends of 64 bits",
        arguments: [
            ("0", 0), ("-0", 0), ("80", 80), ("-1", -1), ("9223372036854775807", Int.max),
            ("-9223372036854775808", Int.min),
        ]
    )
    func integers(json: String, value: Int) throws {
        #expect(try integer(json) == value)
    }

    @Test(
        "what is no integer is refused, and the error says what would be one",
        arguments: [
            (#""80""#, "Invalid value: \"80\": must be a whole number, without quotes"),
            ("80.0", "Invalid value: 80.0: must be a whole number of at most 64 bits"),
            ("8e1", "Invalid value: 8e1: must be a whole number of at most 64 bits"),
            ("9223372036854775808", "Invalid value: 9223372036854775808: must be a whole number of at most 64 bits"),
            ("true", "Invalid value: true: must be a whole number"),
            ("null", "Invalid value: null: must be a whole number"),
            (#"{"a":1}"#, "Invalid value: an object: must be a whole number"),
            ("[1]", "Invalid value: an array: must be a whole number"),
        ]
    )
    func refusedIntegers(json: String, reason: String) {
        #expect(throws: JSONError(offset: 0, reason: reason)) { try integer(json) }
    }

    @Test(
        "what is not JSON is refused with the offset of the first wrong byte",
        arguments: [
            ("", 0), ("   ", 3), ("{", 1), ("[1", 2), ("[1,]", 3), ("[,1]", 1), ("[1 2]", 3), (#"{"a"}"#, 4),
            (#"{"a":}"#, 5), (#"{"a":1,}"#, 7), ("{a:1}", 1), (#"{"a":1 "b":2}"#, 7), ("[1}", 2), (#"{"a":1]"#, 6),
            ("01", 0), ("-", 1), ("1.", 2), ("1e", 2), ("1e+", 3), (".5", 0), ("+1", 0), ("tru", 0), ("nul", 0),
            ("falsy", 0), (#""a"#, 2), ("\"a\nb\"", 2), (#""\x""#, 1), (#""\u12g4""#, 1), ("'a'", 0), ("[1]]", 3),
            ("{}{}", 2), ("nan", 0), ("// comment", 0), ("\u{feff}", 3),
        ]
    )
    func malformed(json: String, offset: Int) {
        var reader = JSONReader(json.utf8)
        do {
            try reader.skipValue()
            try reader.finish()
            Issue.record("\(json) was taken for JSON")
        } catch {
            #expect(error.offset == offset, "\(json): \(error)")
        }
    }

    @Test("a byte order mark is skipped")
    func byteOrderMark() throws {
        #expect(try string("\u{feff}\"a\"") == "a")
    }

    @Test("values nest to the limit and no deeper")
    func depth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        var reader = JSONReader(nested(JSONReader.depthLimit))
        try reader.skipValue()
        try reader.finish()
        var tooDeep = JSONReader(nested(JSONReader.depthLimit + 1))
        #expect(throws: JSONError(offset: 128, reason: "nested more than 128 deep")) { try tooDeep.skipValue() }
        var bottomless = JSONReader(Array(repeating: UInt8(ascii: "["), count: 1 << 20))
        #expect(throws: JSONError.self) { try bottomless.skipValue() }
    }

    private enum Field: String, CaseIterable {
        case name, namespace, port
    }

    private static let fields = JSONFields<Field>()

    private func read(_ json: String) throws -> [String] {
        var reader = JSONReader(json.utf8)
        var found: [String] = []
        try reader.beginObject()
        while let field = try reader.nextField(of: Self.fields) {
            switch field {
            case .name, .namespace: found.append("\(field)=\(try reader.readString())")
            case .port: found.append("port=\(try reader.readInteger())")
            }
        }
        try reader.finish()
        return found
    }

    @Test(
        "only the wanted fields are handed out, in the order of the text",
        arguments: [
            ("{}", []), (#"{"other":{"name":"x"},"port":1,"name":"n"}"#, ["port=1", "name=n"]),
            (#"{"nam":1,"names":[{}],"":{"a":[[]]},"name":"n"}"#, ["name=n"]),
            (#"{"n\u0061me":"escaped","name\u0000":1}"#, ["name=escaped"]),
            (#"{"name":"a","name":"b"}"#, ["name=a", "name=b"]), (#"{"Name":"a"}"#, []),
        ]
    )
    func wantedFields(json: String, found: [String]) throws {
        #expect(try read(json) == found)
    }

    @Test("a field that is null is as good as absent")
    func nullFields() throws {
        #expect(try read(#"{"name":null,"port":null,"namespace":"x"}"#) == ["namespace=x"])
    }

    @Test("a reader that was wound back reads the same again")
    func rewinding() throws {
        var reader = JSONReader(#"[{"a":[1,2]},3]"#.utf8)
        try reader.beginArray()
        #expect(try reader.nextElement())
        let position = reader.position
        #expect(throws: JSONError.self) { try reader.readString() }
        reader.rewind(to: position)
        try reader.beginObject()
        #expect(throws: JSONError.self) { try reader.beginObject() }
        reader.rewind(to: position)
        try reader.skipValue()
        #expect(try reader.nextElement())
        #expect(try reader.readInteger() == 3)
        #expect(try !reader.nextElement())
        try reader.finish()
    }
}
