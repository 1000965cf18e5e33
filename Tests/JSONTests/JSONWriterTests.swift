import Foundation
import JSON
import Testing

@Suite("JSONWriter")
struct JSONWriterTests {
    @Test("commas stand between members and elements, and nowhere else")
    func commas() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("a")
        writer.beginArray()
        writer.value(1)
        writer.beginObject()
        writer.endObject()
        writer.value("x")
        writer.beginArray()
        writer.endArray()
        writer.null()
        writer.endArray()
        writer.member("b", true)
        writer.member("c", String?.none)
        writer.member("d", 2)
        writer.endObject()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a":[1,{},"x",[],null],"b":true,"d":2}"#)
    }

    @Test(
        "a string that is written reads back equal",
        arguments: ["", "plain", "\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}", "é€😀", "\u{2028}</script>"]
    )
    func strings(text: String) throws {
        var writer = JSONWriter()
        writer.value(text)
        var reader = JSONReader(writer.bytes)
        #expect(try reader.readString() == text)
        let foundation = try JSONSerialization.jsonObject(with: Data(writer.bytes), options: .fragmentsAllowed)
        #expect(foundation as? String == text)
    }

    @Test("integers that are written read back equal", arguments: [0, 1, -1, Int.max, Int.min])
    func integers(number: Int) throws {
        var writer = JSONWriter()
        writer.value(number)
        var reader = JSONReader(writer.bytes)
        #expect(try reader.readInteger() == number)
    }
}
