import Glibc
import LabNetwork
import Netlink

/// A process that keeps memory from all others, where no control group can.
struct OccupiedMemory {
    let process: LabProcess

    /// What it says when it has the memory.
    private static let readiness = "occupied"

    /// Leaves so many bytes of the memory that is available; nil where there is no more, and for 0 bytes.
    static func leaving(_ byteCount: Int, on machine: LabHost) async throws -> OccupiedMemory? {
        let available = Memory.read("/proc/meminfo", "MemAvailable")
        guard byteCount > 0 else { return nil }
        guard available > byteCount else {
            Report.line("The machine has \(available.mebibytes) MiB available; nothing is kept from the lab.")
            return nil
        }
        let folder = try TemporaryFolder()
        let log = folder.path("log")
        let process = try machine.start(
            [Program.ownPath, "--occupy-bytes", "\(available - byteCount)"],
            log: log
        )
        let occupied = OccupiedMemory(process: process)
        do {
            try await eventually("\((available - byteCount).mebibytes) MiB to be occupied", within: .seconds(300)) {
                let text = HostFiles.text(of: log, limit: 4_096) ?? ""
                guard process.isAlive || text.contains(readiness) else {
                    throw Program.Failure(command: "occupy memory", status: 0, output: text)
                }
                return text.contains(readiness)
            }
        } catch {
            occupied.end()
            throw error
        }
        return occupied
    }

    /// Gives the memory back. Where nobody calls this, the process ends with the benchmark's process namespace.
    func end() {
        process.signal(SIGKILL)
    }

    /// The process itself: takes so many bytes, says so, and waits to be ended.
    static func occupy(_ byteCount: Int) throws -> Never {
        let memory = mmap(nil, max(byteCount, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard memory != MAP_FAILED else {
            throw Program.Failure(command: "mmap \(byteCount) bytes", status: errno, output: "not possible")
        }
        guard mlock(memory, max(byteCount, 1)) == 0 else {
            throw Program.Failure(command: "mlock \(byteCount) bytes", status: errno, output: "not possible")
        }
        Report.line(readiness)
        while true { pause() }
    }
}
