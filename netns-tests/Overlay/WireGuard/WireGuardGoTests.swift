import Addressing
import Glibc
import Netlink
import Testing
import WireGuard

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason), .timeLimit(.minutes(2)))
struct WireGuardGoTests {
    @Test func `packets go to the peer whose prefix they are for, and the status tells of it`() async throws {
        let hosts = try await WireGuardHost.make(Lab(hosts: "a", "b"))
        let (a, b) = (hosts[0], hosts[1])
        let driver = try await a.start(b)
        _ = try await b.start(a)
        try await a.eventuallyReaches(b)
        #expect(await b.reaches(a))

        let status = try await driver.status()
        #expect(status.listenPort == 6783)
        let peer = try #require(status.peers[b.publicKey])
        #expect(peer.hasSession)
        #expect(peer.receivedByteCount > 0)
        #expect(peer.sentByteCount > 0)
        #expect(peer.peer == b.peer)
        let link = try #require(try await a.link())
        #expect(link.mtu == 1410)
        #expect(link.flags.contains(.up))
        try await a.host.run("ping", "-n", "-c", "1", "-W", "5", b.address.description)
    }

    @Test func `a prepared device is taken over as it is, by the next driver too`() async throws {
        let hosts = try await WireGuardHost.make(Lab(hosts: "a", "b"))
        let (a, b) = (hosts[0], hosts[1])
        let first = try await a.start(b)
        _ = try await b.start(a)
        try await a.eventuallyReaches(b)
        let process = try #require(a.processID())

        #expect(try await first.prepare(a.configuration) == .adopted(repaired: []))
        let second = try await a.makeDriver()
        #expect(try await second.prepare(a.configuration) == .adopted(repaired: []))
        #expect(a.processID() == process)
        #expect(try await second.status().peers[b.publicKey]?.hasSession == true)
        #expect(await a.reaches(b))
    }

    @Test func `the program is in a session of its own, with none of our files`() async throws {
        let host = try await WireGuardHost.make(Lab(hosts: "a"))[0]
        _ = try await host.start()
        let process = try #require(host.processID())
        #expect(WireGuardHost.session(of: process) != WireGuardHost.session(of: getpid()))
        // Its standard streams, its TUN device, its socket, and what Go opens for itself.
        let output = try await host.host.run("readlink", "/proc/\(process)/fd/1", "/proc/\(process)/cwd")
        #expect(output == "/dev/null\n/\n")
    }

    @Test func `a device that another program changed is repaired`() async throws {
        let host = try await WireGuardHost.make(Lab(hosts: "a"))[0]
        let driver = try await host.start()
        try await host.host.run("wg", "set", host.device, "listen-port", "7000", "fwmark", "5")
        try await host.host.run("ip", "link", "set", host.device, "mtu", "1300")
        try await host.host.run("ip", "address", "flush", "dev", host.device)
        try await host.host.run("ip", "address", "add", "10.99.0.1/24", "dev", host.device)
        guard case .adopted(let repaired) = try await driver.prepare(host.configuration) else {
            Issue.record("made anew")
            return
        }
        #expect(
            Set(repaired) == [
                "UDP port 6783", "mark 0", "MTU 1410", "address fd01::1/64", "address 10.32.1.1/24",
                "no address 10.99.0.1/24",
            ]
        )
        #expect(try await driver.prepare(host.configuration) == .adopted(repaired: []))
    }

    @Test func `a socket of a dead process is no hindrance`() async throws {
        let host = try await WireGuardHost.make(Lab(hosts: "a"))[0]
        let driver = try await host.start()
        let process = try #require(host.processID())
        kill(process, SIGKILL)
        try await eventually("its end") { host.processID() == nil }
        #expect(access(host.socketPath, F_OK) == 0)
        await #expect(throws: WireGuardError.self) { try await driver.status() }
        #expect(try await driver.prepare(host.configuration) == .made)
        #expect(try await driver.status().listenPort == 6783)
    }

    @Test func `a program that hangs is ended, and started again`() async throws {
        let host = try await WireGuardHost.make(Lab(hosts: "a"))[0]
        let program = try #require(WireGuardGo.find())
        let driver = try WireGuardGo(
            device: host.device,
            program: program,
            in: host.host.namespace,
            patience: .seconds(3)
        )
        try await driver.prepare(host.configuration)
        let process = try #require(host.processID())
        kill(process, SIGSTOP)
        let error = await #expect(throws: WireGuardError.self) { try await driver.status() }
        #expect(error?.code == .timedOut)
        #expect(try await driver.prepare(host.configuration) == .made)
        #expect(host.processID() != process)
        #expect(try await driver.status().listenPort == 6783)
    }

    @Test func `removing a device leaves nothing, and is done twice without error`() async throws {
        let host = try await WireGuardHost.make(Lab(hosts: "a"))[0]
        let driver = try await host.start()
        try await driver.remove()
        #expect(try await host.link() == nil)
        #expect(access(host.socketPath, F_OK) != 0)
        try await eventually("its end") { host.processID() == nil }
        try await driver.remove()
        // At once, and with the same name.
        #expect(try await driver.prepare(host.configuration) == .made)
        #expect(try await driver.status().listenPort == 6783)
    }

    @Test func `a device of that name in another namespace is left alone, and said`() async throws {
        let lab = try await Lab(hosts: "a", "b")
        let host = try await WireGuardHost.make(lab)[0]
        _ = try await host.start()
        let other = try await WireGuardSelection.userspace.makeDriver(
            device: host.device,
            in: lab["b"].namespace
        )
        let error = await #expect(throws: WireGuardError.self) { try await other.prepare(host.configuration) }
        #expect(error?.code == .nameInUse)
        #expect(error?.message.contains("another network namespace") == true)
        try await other.remove()
        #expect(try await host.link() != nil)
        #expect(try await host.makeDriver().prepare(host.configuration) == .adopted(repaired: []))
    }

    @Test func `another link of that name is left alone, and said`() async throws {
        let host = try await WireGuardHost.make(Lab(hosts: "a"))[0]
        try await host.host.network.addLink(Link(name: host.device, kind: .bridge(.init())))
        let before = try await host.link()
        let driver = try await host.makeDriver()
        let error = await #expect(throws: WireGuardError.self) { try await driver.prepare(host.configuration) }
        #expect(error?.code == .nameInUse)
        try await driver.remove()
        #expect(try await host.link() == before)
        #expect(host.processID() == nil)
    }

    @Test func `a port in use is said, and nothing is left`() async throws {
        let host = try await WireGuardHost.make(Lab(hosts: "a"))[0]
        let socket = try TestSocket(.udp, .ipv4, in: host.host.namespace)
        try socket.bind(port: 6783)
        let driver = try await host.makeDriver()
        let error = await #expect(throws: WireGuardError.self) { try await driver.prepare(host.configuration) }
        #expect(error?.code == .portInUse)
        #expect(error?.message.contains("6783") == true)
        #expect(host.processID() == nil)
        #expect(try await host.link() == nil)
    }

    @Test func `a peer with a key that we do not know hears nothing`() async throws {
        let hosts = try await WireGuardHost.make(Lab(hosts: "a", "b"))
        let (a, b) = (hosts[0], hosts[1])
        let driver = try await a.start(b)
        let stranger = try await b.start(a)
        var configuration = b.configuration
        configuration.privateKey = try #require(WireGuardSecret(bytes: (1...32).map { UInt8($0) }))
        try await stranger.prepare(configuration)
        #expect(await !b.reaches(a))
        #expect(try await driver.status().peers[b.publicKey]?.handshakeAge == nil)
        #expect(try await stranger.status().peers[a.publicKey]?.receivedByteCount == 0)
    }

    @Test func `a peer with another preshared key gets no session`() async throws {
        let hosts = try await WireGuardHost.make(Lab(hosts: "a", "b"))
        let (a, b) = (hosts[0], hosts[1])
        let driver = try await a.start(b)
        _ = try await b.start(a)
        try await a.eventuallyReaches(b)
        let shared = try #require(WireGuardSecret(bytes: (1...32).map { UInt8($0) }))
        try await driver.apply([.remove(b.publicKey)])
        var peer = b.peer
        peer.presharedKey = shared
        try await driver.apply([.set(.init(making: peer))])
        #expect(await !a.reaches(b, count: 2))
        try await driver.apply([.set(.init(b.publicKey, presharedKey: .some(.none)))])
        #expect(try await driver.status().peers[b.publicKey]?.peer == b.peer)
    }

    @Test func `taking a prefix from a peer loses no packet of its others`() async throws {
        let hosts = try await WireGuardHost.make(Lab(hosts: "a", "b"))
        let (a, b) = (hosts[0], hosts[1])
        let driver = try await a.start(b)
        _ = try await b.start(a)
        try await a.eventuallyReaches(b)
        let extra = try #require(IPPrefix("10.40.0.0/16"))
        let ping = try ChildProcess(
            ["ping", "-n", "-q", "-c", "400", "-i", "0.005", "-W", "2", b.podAddress.description],
            in: a.host.namespace
        )
        while ping.ending == nil {
            try await driver.apply([.set(.init(b.publicKey, added: [extra]))])
            try await driver.apply([.set(.init(b.publicKey, removed: [extra]))])
        }
        #expect(ping.text.contains("400 received"), "\(ping.text)")
        #expect(Array(try await driver.status().peers.keys) == [b.publicKey])
        #expect(try await driver.status().peers[b.publicKey]?.peer.allowedPrefixes == b.peer.allowedPrefixes)
    }

    @Test func `a prefix moves to a relay and back`() async throws {
        let lab = try await Lab(hosts: "a", "b", "c")
        let hosts = try await WireGuardHost.make(lab)
        let (a, b, c) = (hosts[0], hosts[1], hosts[2])
        let left = try await a.start(b, c)
        _ = try await b.start(a, c)
        let right = try await c.start(a, b)
        try b.host.sysctl("net/ipv4/ip_forward", "1")
        try await a.eventuallyReaches(c)

        // What a and c send to each other directly is lost from now on.
        for (from, to) in [("a", "10.0.3.2"), ("c", "10.0.1.2")] {
            try await lab[from].run("ip", "route", "add", "blackhole", "\(to)/32")
        }
        #expect(await !a.reaches(c))
        try await left.apply([.set(.init(b.publicKey, added: [c.podPrefix]))])
        try await right.apply([.set(.init(b.publicKey, added: [a.podPrefix]))])
        try await a.eventuallyReaches(c)
        #expect(try await left.status().peers[c.publicKey]?.peer.allowedPrefixes == [IPPrefix(c.address)])

        for (from, to) in [("a", "10.0.3.2"), ("c", "10.0.1.2")] {
            try await lab[from].run("ip", "route", "del", "blackhole", "\(to)/32")
        }
        try await left.apply([.set(.init(c.publicKey, added: [c.podPrefix]))])
        try await right.apply([.set(.init(a.publicKey, added: [a.podPrefix]))])
        try await a.eventuallyReaches(c)
        #expect(try await left.status().peers[c.publicKey]?.peer == c.peer)
    }

    @Test func `a thousand peers are set and read`() async throws {
        let host = try await WireGuardHost.make(Lab(hosts: "a"))[0]
        let driver = try await host.start()
        let peers = (0..<1000).compactMap { number -> WireGuardPeer? in
            var bytes = [UInt8](repeating: 7, count: 32)
            bytes[0] = UInt8(number >> 8)
            bytes[1] = UInt8(number & 0xff)
            guard let key = WireGuardKey(bytes: bytes), let prefix = IPPrefix("10.\(number >> 8).\(number & 0xff).0/24")
            else { return nil }
            return WireGuardPeer(
                publicKey: key,
                endpoint: WireGuardEndpoint("192.0.2.1:6783"),
                allowedPrefixes: [prefix]
            )
        }
        try await driver.apply(peers.map { .set(.init(making: $0)) })
        let status = try await driver.status()
        #expect(Set(status.peers.values.map(\.peer)) == Set(peers))
        try await driver.apply(peers.dropFirst().map { .remove($0.publicKey) })
        #expect(try await driver.status().peers.values.map(\.peer) == [peers[0]])
    }
}
