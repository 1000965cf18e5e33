import Glibc
import SeededTesting
import SQLiteStore
import Storage

/// Writes to a store, for ever: the tests kill it, and look for what it was told.
///
///     store-churn FILE SEED WRITERS
///
/// Each acknowledged transaction is a line: its revision, `+` or `-`, the key, and for `+` the value's number. What a
/// writer is about to do is a line with `?` in place of the revision.
@main
enum StoreChurn {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let seed = UInt64(arguments[2]), let writers = Int(arguments[3]) else { exit(2) }
        let options = SQLiteStore.Options(historyRevisionCount: 2000, sweepInterval: .milliseconds(20))
        let store = try await SQLiteStore.open(at: arguments[1], options: options)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    var random = SeededGenerator(seed: seed &+ UInt64(writer))
                    while true { try await write(to: store, writer: writer, &random) }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func write(to store: SQLiteStore, writer: Int, _ random: inout SeededGenerator) async throws {
        let key = "/churn/\(writer)/\(random.next() % 20)"
        let number = random.next()
        let change: StoreTransaction.Change
        let words: String
        if random.next() % 4 == 0 {
            change = .delete(key: key)
            words = "- \(key)"
        } else {
            let padding = [UInt8](repeating: UInt8(ascii: " "), count: Int(random.next() % 3000))
            change = .put(key: key, value: Array("\(number)".utf8) + padding, timeToLive: nil)
            words = "+ \(key) \(number)"
        }
        say("? \(words)\n")
        guard case .committed(let revision) = try await store.commit(StoreTransaction(then: [change])) else { exit(3) }
        say("\(revision) \(words)\n")
    }

    private static func say(_ line: String) {
        _ = Array(line.utf8).withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
