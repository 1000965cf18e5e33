import FolderTesting
import OverlayMesh
import Testing

@testable import Overlay

@Suite struct TargetTests {
    @Test(arguments: [
        ("host", "host", UInt16(6783)), ("host:7000", "host", 7000), ("10.0.0.1", "10.0.0.1", 6783),
        ("10.0.0.1:1", "10.0.0.1", 1), ("fd00::1", "fd00::1", 6783), ("[fd00::1]", "fd00::1", 6783),
        ("[fd00::1]:65535", "fd00::1", 65535), ("a.example.org.:80", "a.example.org.", 80),
    ])
    func `hosts and addresses are told from their ports`(text: String, host: String, port: UInt16) {
        let target = Target(text, defaultPort: 6783)
        #expect(target?.host == host)
        #expect(target?.port == port)
    }

    @Test(arguments: [
        "", ":", ":80", "host:", "host:0", "host:65536", "host:http", "a:b:c", "[fd00::1", "[fd00::1]x", "[host]:1",
        "[10.0.0.1]:1", "[]:1", "fd00::1]:80", "host:-1", "host:+1",
    ])
    func `what is no peer is refused`(text: String) {
        #expect(Target(text, defaultPort: 6783) == nil)
    }

    @Test func `targets that a command changed are kept, also when none is left`() throws {
        let folder = TestFolder()
        let store = TargetStore(path: folder.path("targets"))
        #expect(store.read() == nil)
        try store.write(["host:1", "[fd00::1]:2"])
        #expect(store.read() == ["host:1", "[fd00::1]:2"])
        try store.write([])
        #expect(store.read() == [])
    }

    @Test func `what became of a command is found, however much happened before`() {
        var log = NoticeLog()
        for number in 0..<NoticeLog.limit * 3 {
            let mark = log.end
            #expect(log.since(mark).isEmpty)
            log.append(.failed("\(number)"))
            #expect(Array(log.since(mark)) == [.failed("\(number)")])
        }
        #expect(log.since(0).count == NoticeLog.limit)
    }
}
