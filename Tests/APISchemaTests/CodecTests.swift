import JSON
import Testing

@testable import APISchema

@Suite("Texts of values")
struct CodecTests {
    @Test("bytes and their base64 are each other's")
    func base64() {
        let samples: [([UInt8], String)] = [
            ([], ""), ([0], "AA=="), ([0, 1], "AAE="), ([0, 1, 2], "AAEC"), ([255, 254, 253, 252], "//79/A=="),
        ]
        for (bytes, text) in samples {
            #expect(String(decoding: Base64.encode(bytes), as: UTF8.self) == text)
            #expect(StrictBase64.decode(text) == .success(bytes))
        }
        #expect(StrictBase64.decode("AA\n==\n") == .success([0]))
    }

    @Test(
        "what is no base64 is refused where it begins not to be",
        arguments: ["A", "AA", "AA=", "A===", "AA==A", "A-=="]
    )
    func badBase64(text: String) {
        #expect(throws: StrictBase64.Failure.self) { try StrictBase64.decode(text).get() }
    }

    @Test("spans of time are written as Go writes them")
    func durations() {
        let samples: [(Int64, String)] = [
            (0, "0s"), (1, "1ns"), (1_500, "1.5µs"), (2_000_000, "2ms"), (1_500_000_000, "1.5s"),
            (60_000_000_000, "1m0s"),
            (5_430_500_000_000, "1h30m30.5s"), (-1_000_000_000, "-1s"),
        ]
        for (nanoseconds, text) in samples {
            #expect(GoDuration.text(nanoseconds: nanoseconds) == text)
            #expect(GoDuration.nanoseconds(text) == nanoseconds)
        }
        #expect(GoDuration.text(nanoseconds: .min).hasPrefix("-"))
        for text in ["", "1", "s", "1x", "1e3s", "--1s", "99999999999h"] {
            #expect(GoDuration.nanoseconds(text) == nil)
        }
    }

    @Test("amounts that do not fit stay as they are written")
    func largeAmounts() {
        let huge = String(repeating: "9", count: 60)
        #expect(QuantityText.canonical(huge) == .success(huge))
        #expect(QuantityText.canonical("340282366920938463463374607431768211455Ei").isSuccess)
        #expect(QuantityText.canonical("1e1000").isSuccess)
        #expect(QuantityText.canonical("1e-1000") == .success("1e-9"))
        #expect(!QuantityText.canonical("1.2.3").isSuccess)
        #expect(!QuantityText.canonical("").isSuccess)
    }

    @Test("what is written from its end reads from its beginning")
    func writer() throws {
        var writer = ProtobufWriter(capacity: 1)
        for number in [1, 127, 128, 16_384, Int.max] { writer.field(1, integer: Int64(number)) }
        writer.field(2, integer: -1)
        let bytes = writer.bytes
        var reader = ProtobufReader(bytes, bytes.indices)
        var values: [ProtobufReader.Value] = []
        while let field = try reader.next() { values.append(field.value) }
        #expect(
            values == [
                .varint(.max), .varint(UInt64(Int.max)), .varint(16_384), .varint(128), .varint(127), .varint(1),
            ]
        )
    }
}

extension Result {
    fileprivate var isSuccess: Bool {
        if case .success = self { true } else { false }
    }
}
