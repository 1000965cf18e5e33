import ArgumentParser
import Proxy

/// Logging, to standard error.
struct LoggingOptions: FlagGroup {
    @Option(parsing: .unconditional, help: .value("text|json", "The form of log lines. (default: text)"))
    var loggingFormat: String?

    @Option(
        name: [.customShort("v", allowingJoined: true), .customLong("v")],
        parsing: .unconditional,
        help: .value(
            "number",
            """
            What is logged: from 0 what an operator must always see, from 2 the steady state, from 4 for debugging, \
            from 5 each step. (default: 0)
            """
        )
    )
    var verbosity: String?

    var given: [(name: String, value: String?)] {
        [
            ("logging-format", loggingFormat),
            ("v", verbosity),
        ]
    }
}
