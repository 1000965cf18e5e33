import CLinux
import Glibc

/// The programs that need nothing of the host.
enum BuiltInProgram {
    /// Never returns.
    ///
    /// - Parameter arguments: The first one is the program's name.
    static func run(_ program: LaunchSpecification.BuiltIn, _ arguments: [String]) -> Never {
        let name = program == .echo ? "echo" : "pause"
        _ = unsafe clinux_process_name(name)
        let signals = clinux_signal_descriptor()
        guard signals >= 0 else { _exit(1) }
        switch program {
        case .pause:
            var wait = pollfd(fd: signals, events: Int16(POLLIN), revents: 0)
            while true {
                // In bounds: one structure.
                _ = unsafe poll(&wait, 1, -1)
                let number = clinux_next_signal(signals)
                if number == SIGTERM || number == SIGINT { _exit(0) }
            }
        case .echo:
            do {
                var server = try EchoServer(EchoOptions(arguments.dropFirst()), signals: signals)
                server.run()
                _exit(0)
            } catch {
                SmallFiles.writeAll(Array("echo: \(error)\n".utf8), to: 2)
                _exit(1)
            }
        }
    }
}
