import Addressing
import Attachment
import FolderTesting
import Glibc
import SeededTesting
import Testing

/// Several processes attach and detach in one store, and are killed at any moment.
@Suite struct StoreCrashTests {
    /// A line of the journal, or of what a process was told.
    private struct Entry: Hashable {
        var revision: UInt64
        var isGiven: Bool
        var container: String
        var address: String

        init?(_ line: Substring) {
            let fields = line.split(separator: " ")
            guard fields.count == 4, let revision = UInt64(fields[0]) else { return nil }
            self.revision = revision
            isGiven = fields[1] == "+"
            container = String(fields[2])
            address = String(fields[3])
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `no address is given twice in 10,000 changes by processes that are killed`() throws {
        var random = SeededGenerator()
        print("TRAMA_SEED=\(random.seed)")
        let folder = TestFolder(in: "/dev/shm")
        let store = AddressStore(folder: folder.path)
        let range = try #require(IPPrefix("10.32.1.0/25"))
        try store.update { table in table.setPrefixes([range], of: AttachableNetwork.pods) }

        var told: [Entry] = []
        var children: [ChurnProcess] = []
        var kills = 0
        while try store.read().revision < 10_000 {
            while children.count < 3 { children.append(try ChurnProcess(folder.path, seed: random.next())) }
            usleep(UInt32.random(in: 1_000...60_000, using: &random))
            let victim = children.remove(at: Int.random(in: 0..<children.count, using: &random))
            told += try lines(of: victim.kill())
            kills += 1
        }
        for child in children { told += try lines(of: child.kill()) }

        let journal = folder.text(of: "journal").split(separator: "\n").compactMap { Entry($0) }
        let committed = try replay(journal, final: store.read())
        #expect(Set(told).isSubset(of: committed), "what a process was told is on the disk")
        #expect(!told.isEmpty && kills > 10)
    }

    private func lines(of text: String) throws -> [Entry] {
        try #require(!text.contains("!"), "\(text)")
        // The last line may be cut off by the kill.
        return text.split(separator: "\n").compactMap { Entry($0) }
    }

    /// Applies the changes that were written, in their order, and checks the rules after each.
    private func replay(_ journal: [Entry], final: AttachmentTable) throws -> Set<Entry> {
        var owners: [String: String] = [:]
        var released: [String: UInt64] = [:]
        var committed: Set<Entry> = []
        for (index, entry) in journal.enumerated() {
            // The next process saw one revision more exactly where this change was written.
            let next = index + 1 < journal.count ? journal[index + 1].revision : final.revision
            guard next > entry.revision else { continue }
            committed.insert(entry)
            if entry.isGiven {
                try #require(owners[entry.address] == nil, "\(entry) is \(owners[entry.address] ?? "")'s")
                if let moment = released[entry.address] {
                    try #require(entry.revision - moment >= 60, "\(entry) was released at \(moment)")
                }
                owners[entry.address] = entry.container
            } else {
                try #require(owners[entry.address] == entry.container)
                owners[entry.address] = nil
                released[entry.address] = entry.revision
            }
        }
        let present = final.attachments.values.map { ($0.addresses.map(\.description).joined(), $0.key.container) }
        #expect(Dictionary(present, uniquingKeysWith: { one, _ in one }) == owners)
        return committed
    }
}

/// The program cannot be started.
private struct StartError: Error {
    let path: String
    let errno: Int32
}

/// A process of `attachment-churn`, and what it prints.
private final class ChurnProcess {
    private let process: pid_t
    private let output: Int32

    init(_ folder: String, seed: UInt64) throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // As large as the kernel lets it be: nobody reads before the kill.
        _ = fcntl(ends[0], 1031 /* F_SETPIPE_SZ */, 1 << 20)
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        let path = "\(Self.folderOfThisProgram())/attachment-churn"
        let words = [path, folder, "\(seed)"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var number: pid_t = 0
        let result = posix_spawn(&number, path, &actions, nil, &arguments, environ)
        close(ends[1])
        process = number
        output = ends[0]
        guard result == 0 else { throw StartError(path: path, errno: result) }
    }

    deinit { close(output) }

    /// Kills it, and returns what it printed.
    func kill() -> String {
        Glibc.kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return String(decoding: TestFolder.readAll(output), as: UTF8.self)
    }

    private static func folderOfThisProgram() -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
