import Addressing
import Attachment
import JSON
import Netlink
import SeededTesting
import Testing

@Suite struct ControlValueTests {
    private static let key = AttachmentKey(container: "c\"1\n", interface: "eth0", configuration: "pods")

    static let requests: [ControlRequest] = [
        .attach(
            AttachRequest(
                key: key,
                namespace: "/run/netns/a",
                network: "blue",
                addresses: [.v4(0x0a20_0105), .v6(high: 0xfd00_0032_0001_0000, low: 5)],
                mtu: 1300,
                label: "default/web",
                isRepeatable: true
            )
        ),
        .attach(AttachRequest(key: key, namespace: "/run/netns/a")),
        .detach(key), .check(key), .ready, .attachmentsChanged,
        .command(ControlCommand("network create", ["blue"], options: ["cidr": "10.50.0.0/16", "é": ""])),
    ]

    static let responses: [ControlResponse] = [
        .attached(
            PodAttachment(
                key: key,
                network: "blue",
                namespace: "/run/netns/a",
                label: "x",
                addresses: [.v4(0x0a32_0001)],
                ranges: [IPPrefix(.v4(0x0a32_0000), length: 16)].compactMap { $0 },
                bridge: "tb-5",
                mtu: 1300,
                isDefault: false,
                bootID: "b",
                isComplete: true
            )
        ),
        .done(""), .done("several\nlines\n{\"and\":\"JSON\"}"),
        .failed(AttachmentError(.noAddressLeft, "no address left", details: "all \"taken\"")),
        .failed(AttachmentError(.refused, "no")),
    ]

    @Test(arguments: requests)
    func `a request is read as it was written, and is one line`(request: ControlRequest) throws {
        #expect(try ControlRequest(json: request.json()) == request)
        #expect(!request.json().contains(UInt8(ascii: "\n")))
    }

    @Test(arguments: responses)
    func `a response is read as it was written, and is one line`(response: ControlResponse) throws {
        #expect(try ControlResponse(json: response.json()) == response)
        #expect(!response.json().contains(UInt8(ascii: "\n")))
    }

    @Test func `fields that are not known are skipped`() throws {
        let json = #"{"later":[1,{}],"check":{"container":"c","interface":"eth0","colour":"red"}}"#
        let expected = ControlRequest.check(AttachmentKey(container: "c", interface: "eth0"))
        #expect(try ControlRequest(json: Array(json.utf8)) == expected)
    }

    @Test(arguments: ["", "{}", "[]", "{\"fly\":true}", "{\"ready\":true,\"check\":{}}", "{\"ready\":true} x", "\0"])
    func `what is no request is refused`(text: String) {
        #expect(throws: JSONError.self) { try ControlRequest(json: Array(text.utf8)) }
    }

    @Test func `mutated lines are read or refused, and never trap`() {
        var random = SeededGenerator()
        print("TRAMA_SEED=\(random.seed)")
        let corpus = Self.requests.map { $0.json() } + Self.responses.map { $0.json() }
        for _ in 0..<3_000 {
            guard let line = corpus.randomElement(using: &random) else { return }
            let bytes = mutated(line, using: &random)
            _ = try? ControlRequest(json: bytes)
            _ = try? ControlResponse(json: bytes)
        }
    }

    @Test(
        arguments: [
            ("", "eth0"), ("c", ""), ("c", "sixteen-bytes-xx"), ("c", "a/b"), ("c", "a b"), ("c", "a:b"), ("c", ".."),
            ("c", "a\0"), ("a\0", "eth0"), (String(repeating: "c", count: 513), "eth0"),
        ]
    )
    func `what no container or interface can be called is refused`(container: String, interface: String) {
        #expect(throws: AttachmentError.self) {
            try AttachmentKey(container: container, interface: interface).check()
        }
    }

    @Test func `the names and hardware addresses of one interface are always the same, and its own`() {
        var names: Set<String> = []
        var addresses: Set<String> = []
        for number in 0..<2_000 {
            let made = PodAttachment(key: AttachmentKey(container: "c\(number)", interface: "eth0"), namespace: "")
            names.insert(made.hostInterface)
            addresses.formUnion([made.hostLinkAddress, made.containerLinkAddress].map { $0.description })
            #expect(made.hostInterface.utf8.count == 14)
        }
        #expect(names.count == 2_000 && addresses.count == 4_000)
        #expect(addresses.allSatisfy { $0.hasPrefix("02:") })
        // They are in the kernel and must not change with the program.
        #expect(AttachmentKey(container: "c", interface: "eth0").hostInterface == "trfb9e042a6e8f")
    }
}
