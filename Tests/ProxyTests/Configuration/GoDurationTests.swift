import Testing

@testable import Proxy

@Suite struct GoDurationTests {
    @Test(
        "text is read as Go's time.ParseDuration reads it",
        arguments: [
            ("0", .zero), ("30s", .seconds(30)), ("1h2m", .seconds(3_720)), ("1.5h", .seconds(5_400)),
            ("250ms", .milliseconds(250)), ("-1m", .seconds(-60)), ("+5s", .seconds(5)), (".5s", .milliseconds(500)),
            ("1.s", .seconds(1)), ("100us", .microseconds(100)), ("3µs", .microseconds(3)), ("7ns", .nanoseconds(7)),
            ("1m0.000000001s", .seconds(60) + .nanoseconds(1)), ("15m0s", .seconds(900)), ("0h0m0s", .zero),
            ("1.333333333333333333s", .nanoseconds(1_333_333_333)),
        ] as [(String, Duration)]
    )
    func parsing(text: String, duration: Duration) throws {
        #expect(try #require(GoDuration(text)).duration == duration)
    }

    @Test(
        "what Go refuses is refused",
        arguments: [
            "", "-", "30", "s", "1d", "1s ", " 1s", "1 s", ".s", "1h-2m", "1S", "9223372036854775808ns", "3000000h",
            "--1s",
            "1e3s",
        ]
    )
    func malformed(text: String) {
        #expect(GoDuration(text) == nil)
    }

    @Test(
        "durations are printed as Go's Duration.String prints them",
        arguments: [
            (.zero, "0s"), (.seconds(30), "30s"), (.seconds(900), "15m0s"), (.seconds(86_400), "24h0m0s"),
            (.milliseconds(1_500), "1.5s"), (.milliseconds(250), "250ms"), (.microseconds(1_500), "1.5ms"),
            (.nanoseconds(1_500), "1.5µs"), (.nanoseconds(7), "7ns"), (.seconds(-61), "-1m1s"),
            (.seconds(3_600) + .milliseconds(1), "1h0m0.001s"),
        ] as [(Duration, String)]
    )
    func printing(duration: Duration, text: String) {
        #expect(GoDuration(duration).description == text)
        #expect(GoDuration(text)?.duration == duration)
    }
}
