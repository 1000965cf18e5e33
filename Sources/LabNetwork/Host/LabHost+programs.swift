import Glibc
public import Netlink

extension LabHost {
    /// Starts a program in the host, and leaves it running.
    ///
    /// It gets nothing of ours but its arguments and environment: `/dev/null` as its input, `log` as its output and error,
    /// no other descriptor, no blocked or ignored signal.
    ///
    /// - Parameters:
    ///   - arguments: The program, a path or a name that is looked up in our `PATH`, and its arguments.
    ///   - log: The file at whose end its output and error are written; nil for nowhere.
    ///   - environment: All its variables; nil for our own.
    ///   - isDetached: Whether it gets a session of its own, in `/`, and outlives us and our terminal; otherwise it is in a
    ///     process group of its own.
    public func start(
        _ arguments: [String],
        log: String? = nil,
        environment: [String: String]? = nil,
        isDetached: Bool = true
    ) throws(NetlinkError) -> LabProcess {
        let file = log.map { ProgramStart.Stream.file($0) } ?? .nothing
        let start = ProgramStart(
            arguments: arguments,
            environment: environment,
            output: file,
            errors: file,
            isDetached: isDetached
        )
        // A child inherits the namespace of the thread that starts it.
        let id = try namespace.enter { () throws(NetlinkError) in try start.run() }
        if let process = LabProcess(id: id) { return process }
        // It has ended already; nobody else can have its number before it is reaped, which asking does.
        let ended = LabProcess(id: id, startTime: 0)
        _ = ended.isAlive
        return ended
    }

    /// Runs a program in the host to its end. Cancelling the task kills it, and its children.
    ///
    /// - Parameters:
    ///   - arguments: The program, a path or a name that is looked up in our `PATH`, and its arguments.
    ///   - input: Its standard input.
    ///   - environment: All its variables; nil for our own.
    /// - Returns: How it ended, also where it failed.
    /// - Throws: `NetlinkError` where it cannot be started, `CancellationError`.
    public func result(
        of arguments: [String],
        input: String = "",
        environment: [String: String]? = nil
    ) async throws -> ProgramResult {
        let runner = ProgramRunner()
        let descriptor = namespace.fileDescriptor
        return try await withTaskCancellationHandler {
            try await runner.run(arguments, in: descriptor, environment: environment, input: Array(input.utf8))
        } onCancel: {
            runner.cancel()
        }
    }

    /// Runs a program in the host to its end and returns its standard output.
    ///
    /// - Throws: ``ProgramFailure`` where it does not exit with 0, and what ``result(of:input:environment:)`` throws.
    @discardableResult
    public func run(
        _ arguments: [String],
        input: String = "",
        environment: [String: String]? = nil
    ) async throws -> String {
        let result = try await result(of: arguments, input: input, environment: environment)
        guard result.status == 0 else { throw ProgramFailure(result) }
        return result.output
    }

    /// Becomes a program in the host: it takes the place of this one, with its terminal, folder and process number.
    ///
    /// - Returns: Only where the program cannot be started, with the reason.
    public func become(_ arguments: [String]) -> NetlinkError {
        guard let program = arguments.first, !program.isEmpty else {
            return NetlinkError(operation: "start a program", errno: EINVAL, message: "no program is named")
        }
        do {
            return try namespace.enter { () throws(NetlinkError) in
                var none = sigset_t()
                // In bounds: the set lives as long as both calls.
                unsafe sigemptyset(&none)
                unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
                for number in [SIGINT, SIGTERM, SIGPIPE, SIGQUIT, SIGHUP] { signal(number, SIG_DFL) }
                let words = unsafe arguments.map { unsafe strdup($0) } + [nil]
                defer { unsafe words.forEach { unsafe free($0) } }
                // In bounds: the list ends in nil. All other threads end with this call.
                _ = unsafe execvp(program, words)
                return NetlinkError(operation: "start \(program)", errno: errno)
            }
        } catch {
            return error
        }
    }

    /// The processes in the host, in order of number; also those that nobody started by ``start(_:log:environment:isDetached:)``.
    public func processes() throws(NetlinkError) -> [LabProcess] {
        LabProcess.all(inNetworkNamespaces: [try namespace.identifier()])
    }
}
