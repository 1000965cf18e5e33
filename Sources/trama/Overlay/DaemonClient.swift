import Addressing
import ArgumentParser
import Attachment
import Observability

/// What commands say to the daemon, and what becomes of its answer.
struct DaemonClient {
    let socket: SocketOptions

    /// Has the daemon do something, and returns what it says.
    func perform(_ verb: String, _ arguments: [String] = [], options: [String: String] = [:]) throws -> String {
        switch try answer(to: .command(ControlCommand(verb, arguments, options: options))) {
        case .done(let text): return text
        case .attached(let attachment): return attachment.addresses.map(\.description).joined(separator: "\n")
        case .failed(let error): throw refuse(error)
        }
    }

    /// The daemon's answer.
    func answer(to request: ControlRequest) throws -> ControlResponse {
        do {
            return try ControlClient(path: socket.socket).ask(request)
        } catch {
            throw refuse(error)
        }
    }

    /// Says what is wrong, as commands do.
    func refuse(_ error: some Error) -> ExitCode {
        StandardError.write("\(error)\n")
        return .failure
    }
}

/// Prints lines; nothing for nothing.
func show(_ text: String) {
    guard !text.isEmpty else { return }
    print(text, terminator: text.hasSuffix("\n") ? "" : "\n")
}
