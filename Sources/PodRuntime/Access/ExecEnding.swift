import CLinux
import Glibc
import PodLauncher
import Synchronization

/// The end of a program that was started for somebody: waited for once, however often it is asked for.
final class ExecEnding: Sendable {
    private enum State {
        case running
        case ended(Int32)
    }

    private let started: ProgramRunner.Started
    private let runner: ProgramRunner
    private let state = Mutex(State.running)

    init(_ started: ProgramRunner.Started, _ runner: ProgramRunner) {
        self.started = started
        self.runner = runner
    }

    deinit {
        // Whoever did not wait for it left it to be ended here.
        if finish(WNOHANG) == nil {
            _ = clinux_pidfd_signal(started.pidfd, SIGKILL)
            _ = finish(0)
        }
        close(started.pidfd)
    }

    func kill() { if status(of: 0) == nil { _ = clinux_pidfd_signal(started.pidfd, SIGKILL) } }

    /// Waits for the exit status.
    func status() async throws -> Int32 {
        while true {
            if let status = finish(WNOHANG) { return status }
            try await runner.watch.readable(started.pidfd)
        }
    }

    private func status(of flags: Int32) -> Int32? {
        state.withLock { state in
            if case .ended(let status) = state { return status }
            return nil
        }
    }

    private func finish(_ flags: Int32) -> Int32? {
        state.withLock { state in
            if case .ended(let status) = state { return status }
            var status: Int32 = 0
            // In bounds: the call writes the one number.
            guard unsafe waitpid(started.process, &status, flags) == started.process else { return nil }
            state = .ended(exitCode(status))
            return exitCode(status)
        }
    }
}
