import FolderTesting
import SeededTesting
import Glibc
import SQLiteStore
import Storage
import Testing

/// A process writes to a store, and is killed at any moment.
@Suite struct StoreCrashTests {
    /// A line of what it printed: what it was about to do, or what it was told.
    private struct Line {
        /// Nil for what it was about to do.
        var revision: Revision?
        var key: String
        /// What the key is to hold; nil where it is deleted.
        var number: String?

        init?(_ text: Substring) {
            let words = text.split(separator: " ")
            guard words.count >= 3, words[1] == "-" || words.count == 4 else { return nil }
            if words[0] != "?" {
                guard let number = Int64(words[0]) else { return nil }
                revision = Revision(number)
            }
            key = String(words[2])
            number = words[1] == "+" ? String(words[3]) : nil
        }

        /// Keys belong to one writer each.
        var writer: Substring { key.dropFirst(7).prefix { $0 != "/" } }
    }

    @Test(.timeLimit(.minutes(10)))
    func `what was acknowledged is there after a kill, and no revision is used twice`() async throws {
        var random = SeededGenerator()
        print(random)
        let rounds = getenv("TRAMA_CRASH_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 20
        let folder = TestFolder()
        let path = "\(folder.path)/store.db"
        let writers = 6
        var state: [String: String] = [:]
        var newest = Revision(1)
        var acknowledged = 0
        for round in 0..<rounds {
            let printed = try await churn(path, seed: random.next(), writers: writers, &random)
            try #require(!printed.contains("rror"), "\(printed.suffix(500))")
            // The last line may be cut off by the kill.
            let lines = printed.split(separator: "\n").dropLast(printed.hasSuffix("\n") ? 0 : 1).compactMap { Line($0) }
            var pending: [Substring: Line] = [:]
            var written: Set<Revision> = []
            var history: [Line] = []
            let start = newest
            for line in lines {
                guard let revision = line.revision else {
                    pending[line.writer] = line
                    continue
                }
                pending[line.writer] = nil
                state[line.key] = line.number
                acknowledged += 1
                newest = max(newest, revision)
                guard line.number != nil else { continue }
                try #require(revision > start && written.insert(revision).inserted, "\(random): \(line)")
                history.append(line)
            }

            let store = try await SQLiteStore.open(at: path)
            let range = try await store.range(KeyRange(prefix: "/churn/"), limit: nil, at: nil)
            let present = Dictionary(
                uniqueKeysWithValues: range.values.map { ($0.key, String($0.text.prefix { $0 != " " })) }
            )
            for key in Set(present.keys).union(state.keys) where present[key] != state[key] {
                let unacknowledged = pending.values.first { $0.key == key }
                try #require(
                    unacknowledged != nil,
                    "\(random), round \(round): \(key) holds \(present[key] ?? "nothing")"
                )
                #expect(present[key] == unacknowledged?.number)
            }
            try #require(range.revision >= newest && range.revision.rawValue <= newest.rawValue + Int64(writers))
            for line in history.suffix(20) {
                guard let revision = line.revision else { continue }
                do {
                    let value = try await store.get(line.key, at: revision)
                    #expect(
                        value.map { $0.text.hasPrefix(line.number ?? "-") } == true && value?.modRevision == revision
                    )
                } catch StoreError.compacted {
                    continue
                }
            }
            newest = range.revision
            state = present
            await store.shutdown()
        }
        #expect(acknowledged > 0)
    }

    /// Lets a process write for a while, kills it, and returns what it printed.
    private func churn(
        _ path: String,
        seed: UInt64,
        writers: Int,
        _ random: inout SeededGenerator
    ) async throws -> String {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // As large as the kernel lets it be: little is read before the kill.
        _ = fcntl(ends[0], 1031 /* F_SETPIPE_SZ */, 1 << 20)
        defer { close(ends[0]) }
        let words = ["\(ChildProcess.folderOfThisProgram())/store-churn", path, "\(seed)", "\(writers)"]
        let process = try ChildProcess.spawn(words, output: ends[1], closesOutput: true)
        // From its first words on: how long it takes to start depends on the machine.
        var first = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        while poll(&first, 1, 0) == 0 { try await Task.sleep(for: .milliseconds(1)) }
        try await Task.sleep(for: .microseconds(Int.random(in: 0...120_000, using: &random)))
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, WNOHANG) == 0 { try await Task.sleep(for: .milliseconds(1)) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(ends[0], &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
