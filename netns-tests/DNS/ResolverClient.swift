import Glibc
import Netlink

/// The C library's resolver on a host, with a resolv.conf of its own.
struct ResolverClient {
    let host: Host
    let folder: TemporaryFolder

    /// - Parameters:
    ///   - host: Where it runs.
    ///   - server: The name server's address.
    ///   - options: Further ones of resolv.conf, such as `use-vc`.
    init(on host: Host, asking server: String, options: String = "") throws {
        self.host = host
        folder = try TemporaryFolder()
        try folder.write(
            "resolv.conf",
            """
            nameserver \(server)
            search default.svc.cluster.local svc.cluster.local cluster.local
            options ndots:5 timeout:2 attempts:5 \(options)

            """
        )
    }

    /// The addresses of a name, each once, in order; none where there is no such name.
    func addresses(_ name: String) async throws -> [String] {
        try await Set(lookUp("ahosts", name).map(\.address)).sorted()
    }

    /// The name of an address; nil where it has none.
    func name(of address: String) async throws -> String? {
        try await lookUp("hosts", address).first?.name
    }

    /// Waits until a name has these addresses; none means that there is no such name.
    func expect(_ addresses: [String], of name: String) async throws {
        var last: [String] = []
        do {
            try await eventually("\(name) to be \(addresses)", within: .seconds(30)) { () -> Bool in
                last = try await self.addresses(name)
                return last == addresses
            }
        } catch is NeverHappened {
            throw NetlinkError(operation: "see \(addresses) for \(name); it was \(last)", errno: ETIMEDOUT)
        }
    }

    private func lookUp(_ database: String, _ key: String) async throws -> [(address: String, name: String)] {
        let script = "mount --bind \"$0\" /etc/resolv.conf && exec getent \"$1\" \"$2\""
        let command = ["unshare", "--mount", "sh", "-c", script, folder.path("resolv.conf"), database, key]
        do {
            let text = try await Program.run(command, in: host.namespace.duplicate())
            return text.split(separator: "\n").compactMap { line in
                let fields = line.split(separator: " ")
                return fields.first.map { (String($0), fields.last.map { String($0) } ?? "") }
            }
        } catch let failure as Program.Failure where failure.status == 2 {
            // getent(1): the key was not found.
            return []
        }
    }
}
