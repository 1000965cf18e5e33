import Glibc
import Netlink

extension OverlayHost {
    /// Runs a command that must fail, and returns what it says.
    ///
    /// - Parameter status: What it must end with.
    @discardableResult
    func refusal(_ arguments: String..., status: Int32 = 1) async throws -> String {
        let (ending, text) = try await command(arguments)
        guard ending == .exited(status) else {
            throw NetlinkError(operation: "have \(arguments) refused; it \(ending): \(text)", errno: EINVAL)
        }
        return text
    }

    /// Starts a daemon that must not come up, and returns what it wrote.
    ///
    /// - Parameter status: What it must end with.
    func failedLaunch(_ arguments: String..., status: Int32 = 1) async throws -> String {
        try launch(arguments)
        let ending = try await daemon.end()
        let text = try daemon.text
        guard ending == .exited(status) else {
            throw NetlinkError(operation: "have launch \(arguments) fail; it \(ending): \(text)", errno: EINVAL)
        }
        return text
    }

    /// Ends the daemon as a supervisor does; the network stays.
    func stop() async throws {
        let ending = try await end(by: SIGTERM)
        guard ending == .exited(0) else {
            throw NetlinkError(operation: "stop the daemon; it \(ending): \(try daemon.text)", errno: ECHILD)
        }
    }

    /// The folder with identity and attachments.
    var stateFolder: String { state.path("state") }

    /// The identity that the file says.
    func identity() throws -> String {
        let text = try TemporaryFolder.read("\(stateFolder)/identity")
        return text.split(separator: "\n").first { $0.hasPrefix("peer ") }.map { String($0.dropFirst(5)) } ?? ""
    }

    /// The links, addresses, routes and rules of the host.
    func kernelState() async throws -> String {
        var text = ""
        for arguments in [
            ["ip", "-o", "address"], ["ip", "route"], ["ip", "-6", "route"], ["nft", "-s", "list", "ruleset"],
        ] {
            text += try await Program.run(arguments, in: host.namespace.duplicate())
        }
        return text
    }

    /// Waits until a page of the status has those words, and others not.
    func waitForStatus(
        _ page: String,
        has words: String...,
        without others: [String] = [],
        within limit: Duration = .seconds(60)
    ) async throws {
        var last = ""
        do {
            try await eventually("status", within: limit) {
                last = try await self.command(["overlay", "status", page]).text
                if words.allSatisfy({ last.contains($0) }), !others.contains(where: { last.contains($0) }) {
                    return true
                }
                try await Task.sleep(for: .milliseconds(200))
                return false
            }
        } catch is NeverHappened {
            throw NetlinkError(
                operation:
                    "wait until \(page) of \(host.name) has \(words) and not \(others):\n\(last)\n\(try daemon.text)",
                errno: ETIMEDOUT
            )
        }
    }

    /// Waits until the daemon has that many established connections.
    func waitForConnections(_ count: Int) async throws {
        try await eventually("\(host.name) to have \(count) connections") {
            let text = try await self.command(["overlay", "status", "connections"]).text
            if text.occurrences(of: " established ") == count { return true }
            try await Task.sleep(for: .milliseconds(50))
            return false
        }
    }

    /// Speaks HTTP to a server of the host.
    func http(_ path: String, host name: String = "localhost:6784", port: UInt16 = 6784) async throws -> HTTPAnswer {
        let text = try await host.run(
            "curl",
            "-s",
            "-i",
            "--max-time",
            "10",
            "-H",
            "Host: \(name)",
            "-H",
            "Connection: close",
            "http://127.0.0.1:\(port)\(path)"
        )
        guard let answer = HTTPAnswer(text) else { throw NetlinkError(operation: "read \(text)", errno: EPROTO) }
        return answer
    }
}

extension String {
    /// How often a text is in it.
    func occurrences(of text: String) -> Int { ranges(of: text).count }
}
