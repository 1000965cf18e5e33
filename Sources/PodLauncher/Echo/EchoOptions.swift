/// What the echo server was told on its command line: `[--drain SECONDS] [PORT…]`.
struct EchoOptions: Hashable {
    /// TCP and UDP ports; 8080 without any.
    var ports: [UInt16] = []
    /// For how long it goes on after SIGTERM, so that those who still know its address are answered.
    var drainSeconds = 0

    /// Reads arguments.
    init(_ arguments: some Sequence<String>) throws(LauncherError) {
        var rest = Array(arguments)[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--drain":
                guard let seconds = rest.popFirst().flatMap({ Int($0) }), (0...3600).contains(seconds) else {
                    throw LauncherError("--drain takes a number of seconds up to 3600")
                }
                drainSeconds = seconds
            default:
                guard let port = UInt16(argument), port > 0, ports.count < 16 else {
                    throw LauncherError("\(argument) is no port; give up to 16 numbers, and --drain SECONDS")
                }
                ports.append(port)
            }
        }
        if ports.isEmpty { ports = [8080] }
    }
}
