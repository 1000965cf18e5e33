import Glibc
import LabNetwork
import Netlink

/// Starts a lab's programs, each in its host and in a control group.
struct LabStarter {
    let plan: LabPlan
    /// ``LabState/id``.
    let id: String

    /// By what processes of a lab are known: a variable that daemons hand on to what they start.
    static let variable = "TRAMA_LAB_ID"

    /// The environment of all programs of the lab.
    func environment(host: String) -> [String: String] {
        var variables = [Self.variable: id, "TRAMA_LAB_HOST": host, "HOME": "/"]
        // A debugger's and an allocator's settings are taken over as well.
        for name in ["PATH", "LANG", "LD_LIBRARY_PATH", "SWIFT_BACKTRACE", "TMPDIR", "TZ"] {
            // In bounds: the text ends in NUL.
            if let value = unsafe getenv(name) { variables[name] = unsafe String(cString: value) }
        }
        return variables
    }

    /// Where a program's output is written.
    func log(_ name: String) -> String { "\(plan.logs)/\(name).log" }

    /// Starts a program and leaves it running.
    func start(_ command: LabPrograms.Command, in host: LabHost) throws -> LabState.Process {
        let process = try host.start(
            command.arguments,
            log: log(command.name),
            environment: environment(host: command.host)
        )
        group(process, host: command.host)
        return LabState.Process(name: command.name, host: command.host, process: process)
    }

    /// Puts a process, and what it starts, into a control group, where the machine has them: so that none is forgotten
    /// that has left its parent.
    private func group(_ process: LabProcess, host: String) {
        guard let mount = HostFiles.controlGroupMount() else { return }
        let folder = "\(mount)/\(plan.controlGroup)/\(host)"
        guard HostFiles.makeFolder(folder) == nil else { return }
        let descriptor = unsafe open("\(folder)/cgroup.procs", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let text = Array("\(process.id)".utf8)
        // In bounds: the array's own start and size. A failure leaves it where it is, and it is found otherwise.
        _ = unsafe text.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    }

    /// Refuses to wait any longer for a program that has ended, with the end of its log.
    func check(_ processes: [LabState.Process]) throws(LabError) {
        for process in processes where !process.process.isAlive {
            let text = HostFiles.text(of: log(process.name), limit: 1 << 20) ?? ""
            let end = text.split(separator: "\n").suffix(8).joined(separator: "\n")
            throw LabError("\(process.name) has ended; the end of \(log(process.name)):\n\(end)")
        }
    }
}
