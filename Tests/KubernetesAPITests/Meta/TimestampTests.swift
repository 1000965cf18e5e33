import KubernetesAPI
import SeededTesting
import Testing

@Suite("Timestamp")
struct TimestampTests {
    @Test(
        "RFC 3339 is read to the nanosecond, in any zone",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0), ("2026-11-21T10:13:40Z", 1_795_256_020, 0),
            ("2026-11-21T11:13:40+01:00", 1_795_256_020, 0), ("2026-11-21T00:43:40-09:30", 1_795_256_020, 0),
            ("2026-01-02T15:04:05.123456789Z", 1_767_366_245, 123_456_789), ("1970-01-01T00:00:00.5Z", 0, 500_000_000),
            ("1970-01-01T00:00:00.1234567899Z", 0, 123_456_789), ("1969-12-31T23:59:59.25Z", -1, 250_000_000),
            ("2000-02-29T00:00:00Z", 951_782_400, 0), ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
            ("9999-12-31T23:59:59Z", 253_402_300_799, 0),
        ] as [(String, Int64, Int32)]
    )
    func reading(text: String, seconds: Int64, nanoseconds: Int32) throws {
        let time = try #require(Timestamp(text))
        #expect(time.seconds == seconds)
        #expect(time.nanoseconds == nanoseconds)
        #expect(Timestamp(time.description) == time)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "2026-11-21", "2026-11-21T10:13:40", "2026-11-21 10:13:40Z", "2026-11-21T10:13:40z",
            "26-11-21T10:13:40Z",
            "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00,5Z", "2026-01-01T00:00:00+1:00",
            "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00Zx", " 2026-01-01T00:00:00Z",
            "-026-01-01T00:00:00Z", "2026-1-01T00:00:00Z",
        ]
    )
    func refusing(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("it prints in UTC with the digits it needs, or with microseconds")
    func printing() {
        let time = Timestamp(seconds: 1_767_366_245, nanoseconds: 120_000_900)
        #expect(time.description == "2026-01-02T15:04:05.1200009Z")
        #expect(time.microsecondDescription == "2026-01-02T15:04:05.120000Z")
        #expect(Timestamp(seconds: -1).description == "1969-12-31T23:59:59Z")
    }

    @Test("every day of 800 years prints as the day after the one before")
    func calendar() throws {
        var random = SeededGenerator()
        print("TRAMA_SEED=\(random.seed)")
        var previous = ""
        for day in stride(from: Int64(-146_097), through: 146_097, by: 1) {
            let second = Int64.random(in: 0..<86_400, using: &random)
            let time = Timestamp(seconds: day * 86_400 + second)
            let text = time.description
            // Text orders as time does, and reads back.
            #expect(text > previous)
            #expect(Timestamp(text) == time)
            previous = String(text.prefix(10)) + "T99"
        }
    }

    @Test("arithmetic carries, and stops at the ends")
    func arithmetic() {
        let time = Timestamp(seconds: 10, nanoseconds: 900_000_000)
        #expect(time.advanced(by: .milliseconds(200)) == Timestamp(seconds: 11, nanoseconds: 100_000_000))
        #expect(time.advanced(by: .seconds(-11)) == Timestamp(seconds: -1, nanoseconds: 900_000_000))
        #expect(time.duration(to: Timestamp(seconds: 12)) == .milliseconds(1_100))
        #expect(Timestamp(seconds: .max).advanced(by: .seconds(1)).seconds == .max)
        #expect(Timestamp(seconds: 0, nanoseconds: -1) == Timestamp(seconds: -1, nanoseconds: 999_999_999))
        #expect(Timestamp(seconds: 1) < Timestamp(seconds: 1, nanoseconds: 1))
        #expect(Timestamp(seconds: .max).description.hasSuffix("Z"))
        #expect(Timestamp(seconds: .min).description.hasSuffix("Z"))
    }

    @Test("now is after the day this was written")
    func now() throws {
        #expect(try Timestamp.now > #require(Timestamp("2026-11-21T00:00:00Z")) || Timestamp.now.seconds > 0)
    }
}
