import JSON
import Testing

@Suite struct Base64Tests {
    /// The test vectors of RFC 4648, section 10.
    @Test(
        arguments: zip(
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"],
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]
        )
    )
    func `bytes and their text`(bytes: String, text: String) {
        #expect(Base64.encode(Array(bytes.utf8)) == Array(text.utf8))
        #expect(Base64.decode(Array(text.utf8)) == Array(bytes.utf8))
    }

    @Test func `every byte comes back`() {
        let bytes = (0...255).map { UInt8($0) } + [255, 254]
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }

    @Test(arguments: ["Z", "Zg=", "Zm9vY", "Zm9v=", "====", "Zm 9", "Zm9é"])
    func `what is no base64 is refused`(text: String) {
        #expect(Base64.decode(Array(text.utf8)) == nil)
    }

    @Test func `a member of an object`() throws {
        var writer = JSONWriter()
        writer.beginArray()
        writer.value(base64: [0xff, 0xef, 0xbe])
        writer.value(base64: [])
        writer.endArray()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"["/+++",""]"#)
        var reader = JSONReader(Array(#"["\/+++","",7]"#.utf8))
        try reader.beginArray()
        #expect(try reader.nextElement() && reader.readBase64() == [0xff, 0xef, 0xbe])
        #expect(try reader.nextElement() && reader.readBase64() == [])
        #expect(try reader.nextElement())
        #expect(throws: JSONError.self) { try reader.readBase64() }
    }
}
