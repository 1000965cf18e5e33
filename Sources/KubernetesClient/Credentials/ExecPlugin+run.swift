import KubernetesAPI
import Subprocess
import SystemPackage

extension ExecPlugin {
    /// The largest output that is read, in bytes.
    private static let outputLimit = 1 << 20
    /// How much of the program's complaints is kept for the error, in bytes.
    private static let complaintLimit = 64 << 10
    /// How long a program may take.
    private static let timeout: Duration = .seconds(60)

    /// Starts the program and returns what it gives out.
    ///
    /// It gets no input: there is nobody who could be asked.
    func run(time: Timekeeper) async throws(ClientError) -> ExecCredential {
        let output = try await output(time: time)
        do {
            return try ExecCredential(json: output, version: version)
        } catch {
            throw failure("its output is not an ExecCredential: \(error)")
        }
    }

    /// What the program wrote.
    private func output(time: Timekeeper) async throws(ClientError) -> [UInt8] {
        do {
            return try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
                group.addTask { try await start() }
                group.addTask {
                    try await time.sleep(Self.timeout)
                    return nil
                }
                defer { group.cancelAll() }
                guard let first = try await group.next(), let output = first else {
                    throw failure("it did not end within \(Self.timeout)")
                }
                return output
            }
        } catch let error as ClientError {
            throw error
        } catch let error as SubprocessError {
            if Task.isCancelled { throw .cancelled }
            let hint = installHint.map { "; \($0)" } ?? ""
            throw failure("cannot run it: \(error)\(hint)")
        } catch {
            throw .cancelled
        }
    }

    private func start() async throws -> [UInt8] {
        var variables: [Environment.Key: String?] = [:]
        for (name, value) in environment {
            guard let key = Environment.Key(rawValue: name) else { continue }
            variables[key] = value
        }
        variables["KUBERNETES_EXEC_INFO"] = try requestJSON()
        let result = try await Subprocess.run(
            command.contains("/") ? .path(FilePath(command)) : .name(command),
            arguments: Arguments(arguments),
            environment: .inherit.updating(variables),
            output: .bytes(limit: Self.outputLimit),
            error: .string(limit: Self.complaintLimit)
        )
        guard result.terminationStatus.isSuccess else {
            throw failure("it failed (\(result.terminationStatus)): \(result.standardError.trimmingWhitespace())")
        }
        return result.standardOutput
    }

    private func failure(_ reason: String) -> ClientError {
        .credentials("exec plug-in \(command): \(reason)")
    }
}
