import Addressing
import FolderTesting
import Glibc
import SeededTesting
import Testing

@testable import Attachment

@Suite struct AddressStoreTests {
    private let folder = TestFolder(in: "/dev/shm")
    private var store: AddressStore { AddressStore(folder: folder.path) }

    private func fill(_ store: AddressStore) throws {
        let prefixes = try ["10.32.1.0/24", "fd00:1::/64"].map { try #require(IPPrefix($0)) }
        try store.update { table in
            table.setPrefixes(prefixes, of: AttachableNetwork.pods)
            for number in 0..<5 {
                let key = AttachmentKey(container: "c\(number)", interface: "eth\(number)", configuration: "trama")
                let wish = PodAttachment(
                    key: key,
                    namespace: "/run/netns/\"\(number)\"",
                    label: "default/web",
                    ranges: prefixes,
                    bridge: number == 1 ? "tb-5" : nil,
                    bootID: "x"
                )
                _ = try? table.reserve(wish, families: [.ipv4, .ipv6], now: 5)
            }
            table.release(AttachmentKey(container: "c3", interface: "eth3", configuration: "trama"), now: 7)
        }
    }

    @Test func `a folder without a file is an empty store`() throws {
        #expect(try store.read() == AttachmentTable())
    }

    @Test func `what is written is read again, in every field`() throws {
        let folder = folder.path("deeper")
        defer { for name in ["attachments", "attachments.lock"] { unlink("\(folder)/\(name)") }; rmdir(folder) }
        let store = AddressStore(folder: folder)
        try fill(store)
        let table = try store.read()
        #expect(table.revision == 1)
        #expect(table.attachments.count == 4)
        #expect(table.pools[""]?.released.count == 2)
        #expect(try AttachmentTable(json: table.json()) == table)
    }

    @Test func `a change that changes nothing is not written`() throws {
        try fill(store)
        try store.update { _ in }
        #expect(try store.read().revision == 1)
    }

    @Test func `what a killed process left half written is not looked at`() throws {
        try fill(store)
        let before = try store.read()
        folder.write("{\"version\":1,\"revis", to: "attachments.new")
        #expect(try store.read() == before)
        try store.update { table in _ = table.release(AttachmentKey(container: "c0", interface: "eth0"), now: 0) }
        #expect(try store.read().attachments.count == 4)
    }

    @Test func `a damaged file is refused, names itself, and is left as it is`() throws {
        let damaged = "{\"version\":1,\"attachments\":[{]}"
        folder.write(damaged, to: "attachments")
        for attempt in [{ _ = try store.read() }, { try store.update { $0.keepNetworks([]) } }] {
            #expect {
                try attempt()
            } throws: { error in
                let error = error as? AttachmentError
                return error?.code == .undecodable && error?.message.contains(folder.path("attachments")) == true
            }
        }
        #expect(folder.text(of: "attachments") == damaged)
    }

    @Test func `a file of a later version is refused`() throws {
        folder.write("{\"version\":2}", to: "attachments")
        #expect(throws: AttachmentError.self) { try store.read() }
    }

    @Test func `mutated files are read or refused, and never trap`() throws {
        var random = SeededGenerator()
        print("TRAMA_SEED=\(random.seed)")
        try fill(store)
        let bytes = try store.read().json()
        for _ in 0..<1_000 {
            let mutation = mutated(bytes, using: &random)
            guard var table = try? AttachmentTable(json: mutation) else { continue }
            let key = AttachmentKey(container: "new", interface: "eth0")
            _ = try? table.reserve(PodAttachment(key: key, namespace: ""), families: [.ipv4, .ipv6], now: 9)
            table.release(key, now: 9)
        }
    }

    @Test func `two changes at the same time are both kept`() async throws {
        try fill(store)
        let store = store
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    for turn in 0..<10 {
                        let key = AttachmentKey(container: "t\(number)", interface: "eth\(turn)")
                        try? store.update { table in
                            _ = try? table.reserve(PodAttachment(key: key, namespace: ""), families: [.ipv4], now: 0)
                        }
                    }
                }
            }
        }
        let table = try store.read()
        #expect(table.attachments.count == 44)
        #expect(table.taken(in: AttachableNetwork.pods).count == 48)
        #expect(table.revision == 41)
    }
}
