import Glibc
import Netlink
import Testing

/// `trama-cni` with the real daemon.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayCNITests {
    /// A call of the plug-in on a host.
    private static func call(
        _ command: String,
        _ container: String,
        on host: OverlayHost,
        network: String? = nil,
        interface: String = "eth0",
        more: String = ""
    ) async throws -> (status: Int32, output: String) {
        let path = "\(NetworkNamespace.directory)/\(container)"
        let member = network.map { #","network":"\#($0)""# } ?? ""
        let configuration = """
            {"cniVersion":"1.1.0","name":"pods","type":"trama-cni","socket":"\(host.socket)",\
            "stateDirectory":"\(host.stateFolder)"\(member)\(more)}
            """
        do {
            let output = try await Program.run(
                [
                    "env", "CNI_COMMAND=\(command)", "CNI_CONTAINERID=\(container)", "CNI_IFNAME=\(interface)",
                    "CNI_NETNS=\(path)", "CNI_PATH=/usr/lib/cni", "SWIFT_BACKTRACE=enable=no", AttachmentBed.program(),
                ],
                in: host.host.namespace.duplicate(),
                input: configuration
            )
            return (0, output)
        } catch let failure as Program.Failure {
            return (failure.status, failure.output)
        }
    }

    /// The address in a result, without its length.
    private static func address(in result: String) throws -> String {
        let parts = result.split(separator: #""address":""#, maxSplits: 1)
        let text = parts.count == 2 ? parts[1].prefix { $0 != "\"" && $0 != "/" } : ""
        guard !text.isEmpty else { throw NetlinkError(operation: "find an address in \(result)", errno: EINVAL) }
        return String(text)
    }

    @Test func `pods are added, checked, collected and deleted, also while the daemon is down`() async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        let host = bed[0]
        let remote = try await bed[1].pod()
        #expect(try await Self.call("STATUS", "x", on: host).status == 0)
        var containers: [NamedNamespace] = []
        var results: [String] = []
        for _ in 0..<3 {
            let container = try await NamedNamespace()
            let (status, output) = try await Self.call("ADD", container.name, on: host)
            try #require(status == 0, "\(output)")
            containers.append(container)
            results.append(output)
        }
        let addresses = try results.map { try Self.address(in: $0) }
        for address in addresses { try await remote.waitUntilReaching(address) }
        let previous = #","prevResult":\#(results[0])"#
        #expect(try await Self.call("CHECK", containers[0].name, on: host, more: previous).status == 0)
        let twice = try await Self.call("ADD", containers[0].name, on: host)
        #expect(twice.status == 1 && twice.output.contains("is attached already"), "\(twice.output)")
        try await host.waitForStatus("attachments", has: containers[0].name, addresses[0])

        // DEL with the daemon: it knows at once.
        #expect(try await Self.call("DEL", containers[0].name, on: host).status == 0)
        try await host.waitForStatus("attachments", has: containers[1].name, without: [containers[0].name])
        // And without it.
        try await host.end(by: SIGKILL)
        let unavailable = try await Self.call("STATUS", "x", on: host)
        #expect(unavailable.status == 1 && unavailable.output.contains(#""code":50"#), "\(unavailable.output)")
        let later = try await Self.call("ADD", containers[0].name, on: host)
        #expect(later.status == 1 && later.output.contains(#""code":11"#), "\(later.output)")
        let check = #","prevResult":\#(results[1])"#
        #expect(try await Self.call("CHECK", containers[1].name, on: host, more: check).status == 0)
        #expect(try await Self.call("DEL", containers[1].name, on: host).status == 0)
        #expect(try await Self.call("DEL", containers[1].name, on: host).status == 0)
        let deleted = OverlayPod(namespace: containers[1], addresses: [])
        await #expect(throws: (any Error).self) { try await deleted.run("ip", "link", "show", "eth0") }

        // The daemon that begins again knows all of it.
        try host.launch(["--initial-peers", "2", host.address])
        try await host.waitUntilReady()
        try await host.waitForStatus(
            "attachments",
            has: containers[2].name,
            without: [containers[0].name, containers[1].name]
        )
        try await remote.waitUntilReaching(addresses[2])
        let valid = #","cni.dev/valid-attachments":[]"#
        #expect(try await Self.call("GC", "x", on: host, more: valid).status == 0)
        try await host.waitForStatus("summary", has: "Attachments: 0", "Used: 0")
        let again = try await Self.call("ADD", containers[0].name, on: host)
        try #require(again.status == 0, "\(again.output)")
        try await remote.waitUntilReaching(Self.address(in: again.output))
    }

    @Test func `a pod has a second interface in a bridged network, which is left with its last member`() async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        try await bed[0].trama("network", "create", "blue", "--cidr", "10.50.0.0/24")
        try await eventually("blue on the second host") { try await bed[1].trama("network", "ls").contains("blue") }
        let containers = try await [NamedNamespace(), NamedNamespace()]
        var addresses: [String] = []
        for (host, container) in zip(bed.hosts, containers) {
            #expect(try await Self.call("ADD", container.name, on: host).status == 0)
            let (status, output) = try await Self.call(
                "ADD",
                container.name,
                on: host,
                network: "blue",
                interface: "net1"
            )
            try #require(status == 0, "\(output)")
            addresses.append(try Self.address(in: output))
        }
        let pod = OverlayPod(namespace: containers[0], addresses: [addresses[0]])
        try await pod.waitUntilReaching(addresses[1])
        #expect(
            try await Self.call("DEL", containers[1].name, on: bed[1], network: "blue", interface: "net1").status == 0
        )
        // The second host is told by the first one's list.
        try await eventually("the second host to leave") {
            try await bed[0].trama("network", "ls").contains("10.50.0.0/24\thost1\n")
        }
        let missing = try await Self.call("ADD", containers[1].name, on: bed[1], network: "red", interface: "net1")
        #expect(missing.status == 1 && missing.output.contains("there is no network"), "\(missing.output)")
    }
}
