import Addressing
import Glibc
import Netlink
import WireGuard

/// A host with a WireGuard device of its own, and the keys and prefixes of one.
///
/// Host number N of a ``Lab`` has fd01::N/64 and 10.32.N.1/24 on its device. The device, and with it its
/// `wireguard-go`, is removed with this object; those of test processes that are gone are removed first.
final class WireGuardHost: Sendable {
    let host: Host
    /// What it is joined to lives as long as it does.
    private let lab: Lab
    let number: Int
    /// Unique on the machine, since all share one folder of sockets: `wtPID-N`.
    let device: String
    let privateKey: WireGuardSecret
    let publicKey: WireGuardKey

    init(_ lab: Lab, _ host: Host, number: Int) async throws {
        self.host = host
        self.lab = lab
        self.number = number
        device = Self.makeDeviceName()
        let text = try await host.run("wg", "genkey").trimmed
        let other = try await host.run("wg", "pubkey", input: text).trimmed
        guard let privateKey = WireGuardSecret(base64: text), let publicKey = WireGuardKey(other) else {
            throw NetlinkError(operation: "read what wg genkey made", errno: EINVAL)
        }
        self.privateKey = privateKey
        self.publicKey = publicKey
    }

    deinit {
        Self.end(device)
    }

    /// The hosts of a lab, in order.
    static func make(_ lab: Lab) async throws -> [WireGuardHost] {
        var hosts: [WireGuardHost] = []
        for (offset, host) in lab.hosts.enumerated() {
            hosts.append(try await WireGuardHost(lab, host, number: offset + 1))
        }
        return hosts
    }

    // MARK: The device

    var configuration: WireGuardConfiguration {
        WireGuardConfiguration(
            privateKey: privateKey,
            listenPort: 6783,
            mtu: 1410,
            addresses: [.init(address, prefixLength: 64), .init(podAddress, prefixLength: 24)]
        )
    }

    /// fd01::N.
    var address: IPAddress { .v6(high: 0xfd01_0000_0000_0000, low: UInt64(number)) }

    /// 10.32.N.1.
    var podAddress: IPAddress { .v4(0x0a20_0001 + UInt32(number) << 8) }

    /// 10.32.N.0/24.
    var podPrefix: IPPrefix { IPPrefix(podAddress, length: 24) ?? IPPrefix(podAddress) }

    /// The host as others know it, reached at its address in the lab.
    var peer: WireGuardPeer {
        WireGuardPeer(
            publicKey: publicKey,
            endpoint: WireGuardEndpoint(address: .v4(0x0a00_0002 + UInt32(number) << 8), port: 6783),
            allowedPrefixes: [IPPrefix(address), podPrefix]
        )
    }

    func makeDriver() async throws -> any WireGuardDriver {
        try await WireGuardSelection.userspace.makeDriver(device: device, in: host.namespace)
    }

    /// A driver of the device, which is there, with these peers, and routes to their pods.
    func start(_ peers: WireGuardHost...) async throws -> any WireGuardDriver {
        let driver = try await makeDriver()
        try await driver.prepare(configuration)
        try await driver.apply(peers.map { .set(.init(making: $0.peer)) })
        for peer in peers { try await addRoute(to: peer) }
        return driver
    }

    func addRoute(to peer: WireGuardHost) async throws {
        let index = try await host.index(of: device)
        try await host.network.replaceRoute(Route(to: peer.podPrefix, nextHops: [.init(interface: index)]))
    }

    func link() async throws -> Link? { try await host.network.link(named: device) }

    // MARK: Traffic

    /// Whether one ping is answered; from the pod address, waiting a second for each of `count`.
    func reaches(_ peer: WireGuardHost, count: Int = 1) async -> Bool {
        let output = try? await host.run(
            "ping",
            "-n",
            "-c",
            "\(count)",
            "-i",
            "0.2",
            "-W",
            "1",
            "-I",
            podAddress.description,
            peer.podAddress.description
        )
        return output != nil
    }

    /// Waits until a ping is answered.
    func eventuallyReaches(_ peer: WireGuardHost) async throws {
        try await eventually("a ping from \(host.name) to \(peer.host.name)") { await reaches(peer) }
    }

    // MARK: The process

    var socketPath: String { "\(WireGuardGo.socketFolder)/\(device).sock" }

    /// The process of the device's `wireguard-go`; nil where none runs.
    func processID() -> pid_t? { Self.processID(of: device) }

    static func processID(of device: String) -> pid_t? {
        for name in names(in: "/proc") {
            guard let process = pid_t(name) else { continue }
            let words = content(of: "/proc/\(process)/cmdline").split(separator: "\0")
            if words.count == 2, words[0].hasSuffix("wireguard-go"), words[1] == device { return process }
        }
        return nil
    }

    /// The session that a process belongs to, as `/proc/PID/stat` says.
    static func session(of process: pid_t) -> pid_t? {
        // pid (name) state ppid pgrp session
        let fields = content(of: "/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 3 ? pid_t(fields[3]) : nil
    }

    private static let namePrefix = "wt"
    private static let numbers = Counter()

    /// Runs once for the process.
    private static let sweep: Void = {
        for file in names(in: WireGuardGo.socketFolder) where file.hasPrefix(namePrefix) && file.hasSuffix(".sock") {
            let owner = file.dropFirst(namePrefix.count).split(separator: "-").first.flatMap { pid_t($0) }
            guard let owner, kill(owner, 0) != 0, errno == ESRCH else { continue }
            unlink("\(WireGuardGo.socketFolder)/\(file)")
        }
    }()

    /// A name that no other device of the machine has; those of test processes that are gone are removed first.
    static func makeDeviceName() -> String {
        _ = sweep
        return "\(namePrefix)\(getpid())-\(numbers.next())"
    }

    /// Ends a device's `wireguard-go`, which ends when its socket is removed.
    static func end(_ device: String) {
        // It is told so too, since it may notice that late; one that is stopped could not do anything.
        if let process = processID(of: device) { for signal in [SIGTERM, SIGCONT] { kill(process, signal) } }
        unlink("\(WireGuardGo.socketFolder)/\(device).sock")
    }

    private static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { name in
                    name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return names
    }

    private static func content(of path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}

extension String {
    /// Without the newline at its end.
    fileprivate var trimmed: String { String(prefix { $0 != "\n" }) }
}
