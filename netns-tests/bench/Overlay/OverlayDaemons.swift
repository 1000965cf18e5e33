import Glibc
import Netlink

/// The program's daemon on each of some hosts, and their pods attached.
final class OverlayDaemons: Sendable {
    let hosts: OverlayHosts
    let program: String
    private let folder: TemporaryFolder
    private let firstDevice: Int
    private let daemons: [BackgroundProgram]

    /// Starts the daemons; they find each other by the first one.
    ///
    /// - Parameter firstDevice: The number of the first one's encrypted path, where others run at the same time.
    init(
        _ hosts: OverlayHosts,
        program: String,
        folder: TemporaryFolder,
        arguments: [String] = [],
        firstDevice: Int = 0
    ) throws {
        self.firstDevice = firstDevice
        self.hosts = hosts
        self.program = program
        self.folder = folder
        daemons = try hosts.hosts.enumerated().map { index, host in
            let standing = [
                program, "overlay", "launch", "--token-file", try folder.token(program),
                "--state-dir", folder.path("state\(index)"), "--socket", folder.path("socket\(index)"),
                "--wireguard-device", Self.tunnelDevice(firstDevice + index), "--name", "host\(index)",
                "--initial-peers", "\(hosts.hosts.count)",
            ]
            return try BackgroundProgram(standing + arguments + [OverlayHosts.address(0)], in: host.namespace)
        }
    }

    deinit {
        for daemon in daemons { daemon.stop() }
        // wireguard-go outlives its daemon, and ends with its device.
        for (index, host) in hosts.hosts.enumerated() {
            _ = try? Program.run(["ip", "link", "delete", Self.tunnelDevice(firstDevice + index)], in: host.namespace)
        }
    }

    /// Different on each host, and from those of other benchmarks: the programs' sockets are all in one folder.
    static func tunnelDevice(_ host: Int) -> String { "tb\(getpid() % 1_000_000)-\(host)" }

    /// Attaches the pod of a host, and returns its addresses, IPv4 first. Asks until it is done.
    func attachPod(_ index: Int) async throws -> [String] {
        var addresses: [String] = []
        var failure = ""
        do {
            try await eventually("the attachment", every: .milliseconds(10)) {
                try self.daemons[index].check()
                do {
                    let text = try self.trama(index, ["attach", self.hosts.pods[index].path])
                    addresses = text.split(whereSeparator: \.isWhitespace).map(String.init)
                } catch {
                    failure = "\(error)"
                }
                return !addresses.isEmpty
            }
        } catch {
            throw Program.Failure(
                command: "trama attach",
                status: 1,
                output: failure + "\n" + daemons.map { "\($0.output.suffix(2000))" }.joined(separator: "\n")
            )
        }
        return addresses
    }

    /// Runs a command of a host's daemon, and returns what it said.
    @discardableResult
    func trama(_ index: Int, _ arguments: [String]) throws -> String {
        let socket = ["--socket", folder.path("socket\(index)")]
        return try Program.run([program] + arguments + socket, in: hosts.hosts[index].namespace)
    }
}

/// A folder that goes with this value, and what is in it.
final class TemporaryFolder: Sendable {
    let path: String

    init(in parent: String = "/tmp") throws {
        var template = Array("\(parent)/trama-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Program.Failure(command: "mkdtemp", status: errno, output: "") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        guard let here = try? NetworkNamespace.current() else { return }
        _ = try? Program.run(["rm", "-rf", path], in: here)
    }

    /// The path of something in it.
    func path(_ name: String) -> String { "\(path)/\(name)" }

    /// The path of a cluster's token, which is made at the first call.
    func token(_ program: String) throws -> String {
        let file = path("token")
        if access(file, F_OK) != 0 {
            try Program.run([program, "overlay", "token", "--file", file], in: .current())
        }
        return file
    }
}
