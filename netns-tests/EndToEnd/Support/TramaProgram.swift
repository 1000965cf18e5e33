import Glibc
import Netlink

/// The `trama` program, run as a user runs it.
enum TramaProgram {
    /// Why there is nothing to test.
    struct MissingError: Error, CustomStringConvertible {
        let path: String
        var description: String {
            """
            there is no program at \(path): build it (`swift build --product trama`), or name one in the environment \
            variable TRAMA
            """
        }
    }

    /// The path in the environment variable `TRAMA`; without it, `trama` beside the test bundle.
    static func path() throws -> String {
        let path = getenv("TRAMA").map { String(cString: $0) } ?? "\(folderOfThisProgram())/trama"
        guard access(path, X_OK) == 0 else { throw MissingError(path: path) }
        return path
    }

    private static func folderOfThisProgram() -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// Starts it.
    ///
    /// - Parameters:
    ///   - arguments: After `trama`.
    ///   - host: In whose namespace.
    ///   - wrapper: A program that runs it, with its arguments.
    ///   - variables: Of the environment, each `NAME=value`.
    static func start(
        _ arguments: [String],
        on host: Host,
        by wrapper: [String] = [],
        variables: [String] = []
    ) throws -> ChildProcess {
        // Without the machine's API server, if the tests themselves run in a pod.
        try ChildProcess(
            wrapper + [path()] + arguments,
            variables: ["KUBERNETES_SERVICE_HOST=", "KUBERNETES_SERVICE_PORT=", "SWIFT_BACKTRACE=enable=no"]
                + variables,
            in: host.namespace
        )
    }

    /// Runs it to its end.
    static func run(_ arguments: String..., on host: Host) async throws -> (ending: ChildProcess.Ending, text: String) {
        let process = try start(arguments, on: host)
        let ending = try await process.end()
        return (ending, process.text)
    }
}

extension ChildProcess {
    /// Waits for a line that has all of these in it.
    ///
    /// - Parameter count: For that many such lines.
    @discardableResult
    func line(with parts: String..., count: Int = 1, within limit: Duration = .seconds(30)) async throws -> String {
        do {
            return try await eventually("a line", within: limit) {
                let found = self.lines(with: parts)
                if found.count >= count { return found[count - 1] }
                if let ending = self.ending {
                    throw NetlinkError(operation: "wait for \(parts); \(ending):\n\(self.text)", errno: ECHILD)
                }
                return nil
            }
        } catch is NeverHappened {
            throw NetlinkError(operation: "wait for a line with \(parts), in\n\(text)", errno: ETIMEDOUT)
        }
    }

    /// The lines so far that have all of these in them.
    func lines(with parts: [String]) -> [String] {
        lines.filter { line in parts.allSatisfy { line.contains($0) } }.map { String($0) }
    }

    /// Waits until the proxy has programmed what it knew at its start.
    func served() async throws { try await line(with: "Services are served") }

    /// Ends the proxy as a supervisor does, and waits for it.
    func terminate() async throws -> Ending {
        signal(SIGTERM)
        return try await end()
    }
}
