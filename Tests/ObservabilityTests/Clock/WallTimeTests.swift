import Testing

@testable import Observability

@Suite struct WallTimeTests {
    @Test(
        "RFC 3339 with as many fractional digits as it takes",
        arguments: [
            (1_795_256_026_605_003_430, "2026-11-21T10:13:46.60500343Z"),
            (1_795_256_026_000_000_000, "2026-11-21T10:13:46Z"),
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_500_000_000, "2000-02-29T00:00:00.5Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
        ] as [(Int64, String)]
    )
    func description(nanoseconds: Int64, text: String) {
        #expect(WallTime(nanosecondsSinceEpoch: nanoseconds).description == text)
    }

    @Test(
        "HTTP dates have the fixed form of RFC 9110",
        arguments: [
            (1_795_256_026_000_000_000, "Sat, 21 Nov 2026 10:13:46 GMT"),
            (784_111_777_000_000_000, "Sun, 06 Nov 1994 08:49:37 GMT"),  // the example of RFC 9110, 5.6.7
        ] as [(Int64, String)]
    )
    func httpDate(nanoseconds: Int64, text: String) {
        #expect(WallTime(nanosecondsSinceEpoch: nanoseconds).httpDate == text)
    }
}
