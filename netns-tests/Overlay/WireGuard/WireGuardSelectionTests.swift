import Netlink
import Testing
import WireGuard

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason), .timeLimit(.minutes(1)))
struct WireGuardSelectionTests {
    /// Whether this kernel has WireGuard; tests of what is said without it have nothing to say then.
    static func kernelHasIt(_ host: Host) async throws -> Bool {
        try await KernelWireGuard(device: "wt-none", in: host.namespace).isAvailable()
    }

    @Test func `a kernel without WireGuard is recognised, and said`() async throws {
        let host = try await Host.make("a")
        guard try await !Self.kernelHasIt(host) else { return }
        let error = await #expect(throws: WireGuardError.self) {
            try await WireGuardSelection.kernel.makeDriver(device: "wt-none", in: host.namespace)
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("modprobe wireguard") == true)
        let driver = try KernelWireGuard(device: "wt-none", in: host.namespace)
        await #expect(throws: WireGuardError.self) { try await driver.status() }
        try await driver.remove()
    }

    @Test func `without the program too, what to install is said`() async throws {
        let host = try await Host.make("a")
        guard try await !Self.kernelHasIt(host) else { return }
        let error = await #expect(throws: WireGuardError.self) {
            try await WireGuardSelection.automatic.makeDriver(
                device: "wt-none",
                in: host.namespace,
                program: "/nowhere/wireguard-go"
            )
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("apt-get install wireguard-go") == true)
    }

    @Test func `automatic takes what there is`() async throws {
        let host = try await Host.make("a")
        let driver = try await WireGuardSelection.automatic.makeDriver(device: "wt-none", in: host.namespace)
        #expect(driver.kind == (try await Self.kernelHasIt(host) ? .kernel : .userspace))
    }

    @Test(arguments: ["", "../x", "a/b", "wg%d", "a b", "0123456789abcdef", ".", "wg:0"])
    func `a bad name is refused`(name: String) async throws {
        let host = try await Host.make("a")
        await #expect(throws: WireGuardError.self) {
            try await WireGuardSelection.userspace.makeDriver(device: name, in: host.namespace)
        }
        #expect(throws: NetlinkError.self) { try KernelWireGuard(device: name, in: host.namespace) }
    }

    @Test func `a family that is there is found, and none that is not`() async throws {
        let host = try await Host.make("a")
        var socket = try NetlinkSocket(.generic, in: host.namespace)
        let control = try socket.genericFamily(named: "nlctrl")
        #expect(control?.id == 0x10)
        #expect(try socket.genericFamily(named: "trama-none") == nil)
    }
}
