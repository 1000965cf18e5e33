import Addressing
import Glibc
import JSON
import Netlink
import Testing

@testable import Attachment

/// The program `trama-cni`, as a runtime calls it, beside a daemon.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct CNIPluginTests {
    private func result(_ outcome: AttachmentBed.Outcome) throws -> CNIResult {
        try #require(outcome.status == 0, "\(outcome.output)")
        var reader = JSONReader(outcome.output.utf8)
        return try CNIResult(json: &reader)
    }

    /// What a plug-in says of its failure.
    private func code(_ outcome: AttachmentBed.Outcome) throws -> Int {
        #expect(outcome.status == 1, "\(outcome.output)")
        var reader = JSONReader(outcome.output.utf8)
        var code: Int?
        var message: String?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "code": code = try reader.readInteger()
            case "msg": message = try reader.readString()
            default: try reader.skipValue()
            }
        }
        try reader.finish()
        #expect(message?.isEmpty == false)
        return try #require(code)
    }

    @Test(arguments: ["0.3.1", "0.4.0", "1.0.0", "1.1.0"])
    func `a container is added, checked and deleted in each version`(version: String) async throws {
        let bed = try await AttachmentBed.make()
        let a = try await Host.make("a")
        let added = try await bed.plugin("ADD", a, bed.configuration(version))
        let result = try result(added)
        #expect(result.addresses.map(\.address) == ["10.32.1.1/32", "fd00:32:1::1/128"])
        #expect(result.addresses.map(\.gateway) == ["169.254.1.1", "fe80::1"])
        #expect(result.addresses.map(\.interface) == [1, 1])
        #expect(result.interfaces.map(\.sandbox) == ["", AttachmentBed.path(of: a)])
        #expect(result.routes.map(\.destination) == ["0.0.0.0/0", "::/0"])
        #expect(added.output.contains("\"cniVersion\":\"\(version)\""))
        #expect(added.output.contains("\"version\":\"6\"") == (version < "1"), "families are told before 1.0.0")
        #expect(added.output.contains("\"mtu\":1420") == (version == "1.1.0"), "the MTU is told from 1.1.0 on")
        #expect(try await bed.host.reaches("10.32.1.1"))

        let previous = bed.configuration(version, more: ",\"prevResult\":\(added.output)")
        let checked = try await bed.plugin("CHECK", a, previous)
        if version == "0.3.1" {
            #expect(try code(checked) == 1, "it has no CHECK")
        } else {
            #expect(checked.status == 0 && checked.output.isEmpty, "\(checked.output)")
        }
        for _ in 0..<2 {
            let deleted = try await bed.plugin("DEL", a, previous)
            #expect(deleted.status == 0 && deleted.output.isEmpty, "\(deleted.output)")
        }
        #expect(try await a.network.link(named: "eth0") == nil)
        #expect(try bed.store.read().attachments.isEmpty)
        try await eventually("the daemon to be told") { bed.told.last == [] }
    }

    @Test func `it tells which versions it speaks`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let outcome = try await bed.plugin("VERSION", nil, "{\"cniVersion\":\"1.0.0\"}")
        #expect(outcome.output == #"{"cniVersion":"1.1.0","supportedVersions":["0.3.1","0.4.0","1.0.0","1.1.0"]}"#)
    }

    @Test func `an interface that is there already is an error`() async throws {
        let bed = try await AttachmentBed.make()
        let a = try await Host.make("a")
        _ = try result(try await bed.plugin("ADD", a, bed.configuration()))
        #expect(try code(try await bed.plugin("ADD", a, bed.configuration())) == 103)
    }

    @Test func `addresses are asked for by the runtime, by args, or by CNI_ARGS`() async throws {
        let bed = try await AttachmentBed.make()
        let (a, b, c) = (try await Host.make("a"), try await Host.make("b"), try await Host.make("c"))
        let byRuntime = bed.configuration(more: #","runtimeConfig":{"ips":["10.32.1.50/24","fd00:32:1::50"]}"#)
        #expect(
            try result(try await bed.plugin("ADD", a, byRuntime)).addresses.map(\.address)
                == ["10.32.1.50/32", "fd00:32:1::50/128"]
        )
        let byArguments = bed.configuration(more: #","args":{"cni":{"ips":["10.32.1.51"]}}"#)
        #expect(try result(try await bed.plugin("ADD", b, byArguments)).addresses[0].address == "10.32.1.51/32")
        let arguments = "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0;IP=10.32.1.52"
        let added = try await bed.plugin("ADD", c, bed.configuration(), arguments: arguments)
        #expect(try result(added).addresses[0].address == "10.32.1.52/32")
        #expect(try bed.store.read().attachments.values.contains { $0.label == "default/web-0" })
        let d = try await Host.make("d")
        #expect(try code(try await bed.plugin("ADD", d, byRuntime)) == 102, "somebody has it")
        #expect(try code(try await bed.plugin("ADD", d, bed.configuration(), arguments: "IP=10.33.0.1")) == 102)
        #expect(try code(try await bed.plugin("ADD", d, bed.configuration(), arguments: "IP=nonsense")) == 2)
    }

    @Test func `what plug-ins before it made is in its result`() async throws {
        let bed = try await AttachmentBed.make()
        let a = try await Host.make("a")
        let previous =
            #"{"cniVersion":"1.1.0","interfaces":[{"name":"lo","sandbox":"/x"}],"#
            + #""ips":[{"address":"192.0.2.2/24","interface":0}],"routes":[{"dst":"192.0.2.0/24","mtu":900}]}"#
        let configuration = bed.configuration(
            more: ",\"prevResult\":\(previous),\"dns\":{\"nameservers\":[\"10.96.0.10\"]}"
        )
        let result = try result(try await bed.plugin("ADD", a, configuration))
        #expect(result.interfaces.map(\.name).first == "lo" && result.interfaces.count == 3)
        #expect(result.addresses.map(\.interface) == [0, 2, 2])
        #expect(result.routes.first?.mtu == 900)
        #expect(result.dns.nameservers == ["10.96.0.10"])
    }

    @Test func `GC removes what is not valid, of its own network alone`() async throws {
        let bed = try await AttachmentBed.make()
        let (a, b, c) = (try await Host.make("a"), try await Host.make("b"), try await Host.make("c"))
        for container in [a, b] { _ = try result(try await bed.plugin("ADD", container, bed.configuration())) }
        let other = AttachmentKey(container: "c", interface: "eth0", configuration: "other")
        _ = try await bed.attacher.attach(AttachRequest(key: other, namespace: AttachmentBed.path(of: c)))

        #expect(try code(try await bed.plugin("GC", nil, bed.configuration())) == 7, "nothing is said of what is valid")
        #expect(try code(try await bed.plugin("GC", nil, bed.configuration("1.0.0"))) == 1)
        let valid = #","cni.dev/valid-attachments":[{"containerID":"a","ifname":"eth0"}]"#
        let collected = try await bed.plugin("GC", nil, bed.configuration(more: valid))
        #expect(collected.status == 0, "\(collected.output)")
        #expect(try bed.store.read().attachments.keys.map(\.container).sorted() == ["a", "c"])
        #expect(try await b.network.link(named: "eth0") == nil)
        // Go writes an empty list as null.
        let none = try await bed.plugin("GC", nil, bed.configuration(more: #","cni.dev/valid-attachments":null"#))
        #expect(none.status == 0, "\(none.output)")
        #expect(try bed.store.read().attachments.keys.map(\.container) == ["c"])
    }

    @Test func `STATUS is good where containers can be attached`() async throws {
        let bed = try await AttachmentBed.make()
        let good = try await bed.plugin("STATUS", nil, bed.configuration())
        #expect(good.status == 0 && good.output.isEmpty, "\(good.output)")
        try await bed.attacher.setNetworks([])
        #expect(try code(try await bed.plugin("STATUS", nil, bed.configuration())) == 50)
    }

    @Test func `without a daemon ADD may be tried again, and STATUS says that nothing works, both at once`()
        async throws
    {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let a = try await Host.make("a")
        #expect(try code(try await bed.plugin("ADD", a, bed.configuration())) == 11)
        #expect(try code(try await bed.plugin("STATUS", nil, bed.configuration())) == 50)
    }

    @Test func `with a daemon that hangs ADD may be tried again`() async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        let a = try await Host.make("a")
        // It listens, but nobody takes connections.
        let server = try ControlServer(path: bed.socket) { _ in .done("") }
        let clock = ContinuousClock()
        var outcome = AttachmentBed.Outcome(status: 0, output: "")
        let time = try await clock.measure { outcome = try await bed.plugin("ADD", a, bed.configuration()) }
        #expect(try code(outcome) == 11)
        #expect(time >= .seconds(1), "it was given time to take the request")
        withExtendedLifetime(server) {}
    }

    @Test func `DEL, CHECK and GC work without a daemon`() async throws {
        let bed = try await AttachmentBed.make()
        let (a, b) = (try await Host.make("a"), try await Host.make("b"))
        let added = try await bed.plugin("ADD", a, bed.configuration())
        _ = try result(added)
        _ = try result(try await bed.plugin("ADD", b, bed.configuration()))
        bed.stopDaemon()

        let previous = bed.configuration(more: ",\"prevResult\":\(added.output)")
        let checked = try await bed.plugin("CHECK", a, previous)
        #expect(checked.status == 0, "\(checked.output)")
        try await a.run("ip", "route", "del", "default")
        #expect(try code(try await bed.plugin("CHECK", a, previous)) == 104)
        #expect(try code(try await bed.plugin("CHECK", a, bed.configuration())) == 7, "prevResult is missing")

        #expect(try await bed.plugin("DEL", a, previous).status == 0)
        #expect(try await a.network.link(named: "eth0") == nil)
        #expect(try code(try await bed.plugin("CHECK", a, previous)) == 3)
        let empty = bed.configuration(more: #","cni.dev/valid-attachments":[]"#)
        #expect(try await bed.plugin("GC", nil, empty).status == 0)
        #expect(try bed.store.read().attachments.isEmpty)
        #expect(try await bed.host.network.links().allSatisfy { $0.name == "lo" })
    }

    @Test func `DEL works when the container's namespace is gone`() async throws {
        let bed = try await AttachmentBed.make()
        do {
            let a = try await Host.make("a")
            _ = try result(try await bed.plugin("ADD", a, bed.configuration()))
        }
        let stranger = try await Host.make("a")
        #expect(try await bed.plugin("DEL", stranger, bed.configuration()).status == 0)
        #expect(try bed.store.read().attachments.isEmpty)
    }

    @Test(
        arguments: [
            ("ADD", "", 6), ("ADD", "{\"cniVersion\":\"1.1.0\"}", 7),
            ("ADD", "{\"cniVersion\":\"0.2.0\",\"name\":\"x\"}", 1),
            ("ADD", "{\"name\":\"x\"}", 1), ("DEL", "{\"cniVersion\":\"1.1.0\",\"name\":\"../x\"}", 7),
            ("SING", "{\"cniVersion\":\"1.1.0\",\"name\":\"x\"}", 4),
            ("ADD", "{\"cniVersion\":\"1.1.0\",\"name\":\"x\"}", 4),
            ("GC", "{\"cniVersion\":\"1.1.0\",\"name\":\"x\",\"cni.dev/valid-attachments\":{}}", 6),
        ]
    )
    func `what makes no sense is an error with its number, on the standard output`(
        command: String,
        configuration: String,
        expected: Int
    ) async throws {
        let bed = try await AttachmentBed.make(runsDaemon: false)
        #expect(try code(try await bed.plugin(command, nil, configuration)) == expected)
    }
}
