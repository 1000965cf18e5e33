import ArgumentParser
import Glibc

/// What the commands of labs print.
enum LabOutput {
    /// Says on standard error what was done.
    static func report(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Runs a command, and says on standard error why it failed.
    static func failing(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ExitCode {
            throw error
        } catch {
            report("Error: \(error)")
            throw ExitCode.failure
        }
    }
}
