import Glibc

extension CNIPlugin {
    /// How many bytes a network configuration may have.
    private static let inputLimit = 1 << 20

    /// Does what the environment and the standard input of this process ask for, and prints the outcome.
    ///
    /// - Returns: What the program must end with.
    public static func runProgram() async -> Int32 {
        let environment = CNIEnvironment.ofProcess()
        let output = FileDescriptor(owning: STDOUT_FILENO)
        guard !environment.command.isEmpty else {
            let usage = "trama-cni is a CNI plug-in (\(CNIVersion.list)): container runtimes call it\n"
            _ = FileDescriptor(owning: STDERR_FILENO).writeAll(Array(usage.utf8))
            let error = AttachmentError(.invalidEnvironment, "the environment variable CNI_COMMAND is missing")
            _ = output.writeAll(error.cniJSON(.latest))
            return 1
        }
        let outcome: Outcome
        if let input = FileDescriptor(owning: STDIN_FILENO).readAll(limit: inputLimit) {
            outcome = await CNIPlugin(environment).run(input: input)
        } else {
            let error = AttachmentError.failed("read the network configuration from the standard input")
            outcome = Outcome(output: error.cniJSON(.latest), status: 1)
        }
        guard output.writeAll(outcome.output) else { return 1 }
        return outcome.status
    }
}
