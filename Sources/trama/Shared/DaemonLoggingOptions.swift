import ArgumentParser
import Observability

/// How a daemon logs, to standard error; the proxy has kube-proxy's options instead.
struct DaemonLoggingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The form of log lines. (default: text)", valueName: "text|json"),
        transform: { text in
            guard let format = LogSettings.Format(rawValue: text) else {
                throw ValidationError("\(text): must be text or json")
            }
            return format
        }
    )
    var loggingFormat: LogSettings.Format = .text

    @Option(
        name: [.customShort("v", allowingJoined: true), .customLong("v")],
        help: ArgumentHelp(
            "What is logged: 0 what an operator must see, 2 the steady state, 4 for debugging.",
            valueName: "number"
        )
    )
    var verbosity: Int = 0

    var settings: LogSettings { LogSettings(format: loggingFormat, verbosity: verbosity) }
}
