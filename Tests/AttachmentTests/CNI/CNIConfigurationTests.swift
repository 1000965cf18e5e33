import Addressing
import SeededTesting
import Testing

@testable import Attachment

@Suite struct CNIConfigurationTests {
    private func configuration(_ members: String, version: String = "1.1.0") throws -> CNIConfiguration {
        try CNIConfiguration(json: Array("{\"cniVersion\":\"\(version)\",\"name\":\"pods\"\(members)}".utf8))
    }

    @Test func `what is not said has its default`() throws {
        let configuration = try configuration("")
        #expect(configuration.network == AttachableNetwork.pods)
        #expect(configuration.socket == "/run/trama/overlay.sock")
        #expect(configuration.stateDirectory == "/var/lib/trama/overlay")
        #expect(configuration.mtu == nil && configuration.addresses.isEmpty && configuration.previousResult == nil)
        #expect(configuration.validAttachments == nil)
    }

    @Test func `fields of others are skipped`() throws {
        let configuration = try configuration(
            #","type":"trama-cni","capabilities":{"ips":true},"plugins":[],"mtu":1300,"network":"blue","ipam":{}"#
        )
        #expect(configuration.mtu == 1300 && configuration.network == "blue")
    }

    @Test func `the runtime's addresses go before those of args`() throws {
        let both = try configuration(#","args":{"cni":{"ips":["10.0.0.1"]}},"runtimeConfig":{"ips":["10.0.0.2/24"]}"#)
        #expect(both.addresses == ["10.0.0.2/24"])
        let elsewhere = try configuration(#","args":{"ips":["10.0.0.1"],"other":{"ips":["10.0.0.3"]}}"#)
        #expect(elsewhere.addresses.isEmpty)
    }

    @Test func `valid attachments are of this network, and none is not the same as nothing said`() throws {
        let some = try configuration(#","cni.dev/valid-attachments":[{"containerID":"a","ifname":"eth0","x":1}]"#)
        #expect(some.validAttachments == [AttachmentKey(container: "a", interface: "eth0", configuration: "pods")])
        #expect(try configuration(#","cni.dev/valid-attachments":null"#).validAttachments == [])
    }

    @Test func `mutated configurations are read or refused, and never trap`() throws {
        var random = SeededGenerator()
        print("TRAMA_SEED=\(random.seed)")
        let text =
            #"{"cniVersion":"1.1.0","name":"pods","mtu":1300,"runtimeConfig":{"ips":["10.0.0.2/24"]},"#
            + #""prevResult":{"interfaces":[{"name":"eth0","mtu":1}],"ips":[{"address":"1.2.3.4/5","interface":0}],"#
            + #""routes":[{"dst":"::/0","gw":"fe80::1"}],"dns":{"search":["a"]}},"cni.dev/valid-attachments":[{}]}"#
        for _ in 0..<2_000 {
            let bytes = mutated(Array(text.utf8), using: &random)
            _ = try? CNIConfiguration(json: bytes)
            _ = try? CNIEnvironment(["CNI_ARGS": String(decoding: bytes, as: UTF8.self)]).arguments()
        }
    }

    @Test(arguments: CNIVersion.allCases)
    func `a result is read as it was written, but for what a version has no field for`(version: CNIVersion) throws {
        var result = CNIResult()
        result.add(
            PodAttachment(key: AttachmentKey(container: "a", interface: "eth0"), namespace: "/x", addresses: [.v4(1)])
        )
        result.dns.search = ["cluster.local"]
        result.routes[0].priority = 5
        let previous = String(decoding: result.json(version), as: UTF8.self)
        let read = try #require(
            try configuration(",\"prevResult\":\(previous)", version: version.rawValue).previousResult
        )
        if version < .v1_1_0 {
            result.routes[0].priority = nil
            for index in result.interfaces.indices { result.interfaces[index].mtu = nil }
        }
        #expect(read == result)
    }

    @Test func `a name that could be a path is refused`() {
        for name in ["../x", "", "a/b", "-a", "a b", String(repeating: "a", count: 254)] {
            #expect(throws: AttachmentError.self) {
                try CNIConfiguration(json: Array("{\"cniVersion\":\"1.1.0\",\"name\":\"\(name)\"}".utf8))
            }
        }
    }

    @Test func `CNI_ARGS without a value is refused`() {
        #expect(throws: AttachmentError.self) { try CNIEnvironment(["CNI_ARGS": "A=1;B"]).arguments() }
        #expect((try? CNIEnvironment(["CNI_ARGS": "A=1;;B=x=y"]).arguments()) == ["A": "1", "B": "x=y"])
    }
}
