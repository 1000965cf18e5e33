import Addressing
import Attachment
import Glibc
import SeededTesting

/// Attaches and detaches at random in a store, for ever: the tests run several of it and kill them.
///
///     attachment-churn FOLDER SEED
///
/// Under the store's lock, before the change is written, it appends a line to `FOLDER/journal`: the revision that it
/// saw, `+` or `-`, the container, the address. After the change it prints the same line: it was told. A second of
/// the store's time is one revision.
@main
enum Churn {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, var random = UInt64(arguments[2]).map(SeededGenerator.init(seed:)) else { exit(2) }
        let store = AddressStore(folder: arguments[1])
        let journal = open("\(arguments[1])/journal", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard journal >= 0 else { exit(3) }
        while true {
            let key = AttachmentKey(container: "c\(random.next() % 12)", interface: "eth0")
            let attaches = random.next() % 2 == 0
            do {
                let line = try store.update { table in
                    let line = attaches ? attach(key, &table) : detach(key, &table)
                    if let line { append(line, to: journal) }
                    return line
                }
                if let line { append(line, to: STDOUT_FILENO) }
            } catch {
                append("! \(error)\n", to: STDOUT_FILENO)
                exit(4)
            }
        }
    }

    private static func attach(_ key: AttachmentKey, _ table: inout AttachmentTable) -> String? {
        let revision = table.revision
        guard table.attachments[key] == nil else { return nil }
        let wish = PodAttachment(key: key, namespace: "/run/netns/\(key.container)")
        do {
            let made = try table.reserve(wish, families: [.ipv4], now: Int64(revision))
            return "\(revision) + \(key.container) \(made.addresses.map(\.description).joined())\n"
        } catch {
            return nil
        }
    }

    private static func detach(_ key: AttachmentKey, _ table: inout AttachmentTable) -> String? {
        let revision = table.revision
        guard let gone = table.release(key, now: Int64(revision)) else { return nil }
        return "\(revision) - \(key.container) \(gone.addresses.map(\.description).joined())\n"
    }

    private static func append(_ line: String, to descriptor: Int32) {
        _ = Array(line.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}
