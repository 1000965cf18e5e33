import FolderTesting
import OverlayMesh
import Testing

@Suite("peer identity")
struct PeerIdentityTests {
    private let machine = MachineFacts(boot: "b1", product: "p1", installation: "i1")

    @Test func `an identity is made once and kept`() throws {
        let folder = TestFolder()
        let first = try PeerIdentity.find(in: StateFolder(path: folder.path), machine: machine)
        let second = try PeerIdentity.find(in: StateFolder(path: folder.path), machine: machine)
        #expect(first.origin == .created)
        #expect(second.origin == .kept)
        #expect(second.identity == first.identity)
        #expect(second.isSameBoot)
        #expect(second.identity.wireGuardPublicKey.count == 32)
    }

    @Test func `a reboot keeps the identity`() throws {
        let folder = TestFolder()
        let first = try PeerIdentity.find(in: StateFolder(path: folder.path), machine: machine)
        var rebooted = machine
        rebooted.boot = "b2"
        for expected in [false, true] {
            let found = try PeerIdentity.find(in: StateFolder(path: folder.path), machine: rebooted)
            #expect(found.origin == .kept)
            #expect(found.identity.id == first.identity.id)
            #expect(found.isSameBoot == expected)
        }
    }

    @Test func `a copy on another machine gets an identity of its own`() throws {
        let folder = TestFolder()
        let first = try PeerIdentity.find(in: StateFolder(path: folder.path), machine: machine)
        let other = MachineFacts(boot: "b2", product: "p2", installation: "i1")
        let found = try PeerIdentity.find(in: StateFolder(path: folder.path), machine: other)
        #expect(found.origin == .replaced(first.identity))
        #expect(found.identity.id != first.identity.id)
        #expect(found.identity.wireGuardPrivateKey != first.identity.wireGuardPrivateKey)
        #expect(try PeerIdentity.find(in: StateFolder(path: folder.path), machine: other).origin == .kept)
    }

    @Test(arguments: [
        // The same boot is the same machine, whatever else is readable or not.
        (MachineFacts(boot: "b1", product: "p2", installation: "i2"), true),
        (MachineFacts(boot: "b2", product: "p1", installation: "i2"), true),
        (MachineFacts(boot: "b2", product: "p2", installation: "i1"), false),
        (MachineFacts(boot: "b2", installation: "i1"), true),
        (MachineFacts(boot: "b2", installation: "i2"), false),
        (MachineFacts(boot: "b2"), nil),
        (MachineFacts(), nil),
    ])
    func `machines are told apart by the first fact that both have`(other: MachineFacts, isSame: Bool?) {
        #expect(machine.isSameMachine(as: other) == isSame)
        #expect(other.isSameMachine(as: machine) == isSame)
    }

    @Test func `a damaged file is named, and not replaced`() throws {
        let folder = TestFolder()
        let text = "trama identity 1\npeer 1b4e28ba-2fa1-11d2-883f-0016d3cca427\nwireguard-key 00\n"
        folder.write(Array(text.utf8), to: "identity")
        let error = #expect(throws: StateError.self) {
            try PeerIdentity.find(in: StateFolder(path: folder.path), machine: machine)
        }
        #expect(error?.description.contains("wireguard-key") == true)
        #expect(folder.bytes(of: "identity") == Array(text.utf8))
    }

    @Test func `words of later versions are skipped`() throws {
        let folder = TestFolder()
        let first = try PeerIdentity.find(in: StateFolder(path: folder.path), machine: machine)
        folder.write(folder.bytes(of: "identity") + Array("later something new\nalone\n".utf8), to: "identity")
        let found = try PeerIdentity.find(in: StateFolder(path: folder.path), machine: machine)
        #expect(found.identity == first.identity)
    }

    @Test func `this machine has a boot`() {
        #expect(MachineFacts.current().boot?.utf8.count == 32)
        #expect(MachineFacts.current() == MachineFacts.current())
    }
}
