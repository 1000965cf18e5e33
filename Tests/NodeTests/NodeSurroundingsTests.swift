import Addressing
import JSON
import KubernetesAPI
import Netlink
import PodRuntime
import Testing

@testable import Node

@Suite struct NodeSurroundingsTests {
    @Test func `the address of the default route is the node's, and links of pods never`() {
        func address(_ link: UInt32, _ text: String) -> [InterfaceAddress] {
            IPAddress(text).map { [InterfaceAddress(interface: link, address: $0, prefixLength: 24)] } ?? []
        }
        let links = [
            Link(index: 2, name: "eth0", flags: .up), Link(index: 3, name: "eth1", flags: .up),
            Link(index: 4, name: "trama.vxlan", flags: .up), Link(index: 1, name: "lo", flags: [.up, .loopback]),
        ]
        let addresses =
            address(4, "10.244.0.0") + address(2, "10.0.0.2") + address(3, "192.168.0.2") + address(3, "fd00::2")
        let select = { routes in
            NodeAddressSelection.select(links: links, addresses: addresses, routes: routes).map(\.description)
        }
        #expect(select([]) == ["10.0.0.2", "fd00::2"])
        let everywhere = IPPrefix("0.0.0.0/0")
        let route = everywhere.map { Route(to: $0, nextHops: [.init(interface: 3)]) }
        #expect(select([route].compactMap(\.self)) == ["192.168.0.2", "fd00::2"])
    }

    @Test func `programs are found beside our own, and in folders of plug-ins first`() throws {
        let there: Set<String> = ["/opt/trama/trama-pod", "/opt/trama/trama-cni", "/cni/trama-cni"]
        func find(_ folders: [String]) throws -> NodePrograms {
            try NodePrograms.find(folders: folders, own: "/opt/trama/trama", search: ["/bin"]) { there.contains($0) }
        }
        #expect(try find(["/cni"]) == NodePrograms(launcher: "/opt/trama/trama-pod", pluginFolders: ["/cni"]))
        #expect(try find(["/none"]).pluginFolders == ["/none", "/opt/trama"])
        #expect(throws: NodeConfigurationError.self) {
            try NodePrograms.find(folders: [], own: nil, search: ["/bin"]) { _ in false }
        }
    }

    @Test func `Services of the namespace and the API server's are in the variables`() {
        let api = Service(
            metadata: ObjectMeta(name: "kubernetes", namespace: "default"),
            clusterIPs: ["10.96.0.1"],
            ports: [ServicePort(name: "https", port: 443)]
        )
        let web = Service(
            metadata: ObjectMeta(name: "my-web", namespace: "team"),
            clusterIPs: ["10.96.0.7"],
            ports: [ServicePort(port: 80)]
        )
        let headless = Service(metadata: ObjectMeta(name: "peers", namespace: "team"), clusterIPs: ["None"])
        let other = Service(
            metadata: ObjectMeta(name: "other", namespace: "default"),
            clusterIPs: ["10.96.0.8"],
            ports: [ServicePort(port: 80)]
        )
        let variables = ServiceVariables.make([web, api, headless, other], namespace: "team")
        let text = variables.map { "\($0.name)=\($0.value)" }
        #expect(
            text == [
                "KUBERNETES_SERVICE_HOST=10.96.0.1", "KUBERNETES_SERVICE_PORT=443",
                "KUBERNETES_SERVICE_PORT_HTTPS=443", "KUBERNETES_PORT=tcp://10.96.0.1:443",
                "KUBERNETES_PORT_443_TCP=tcp://10.96.0.1:443", "KUBERNETES_PORT_443_TCP_PROTO=tcp",
                "KUBERNETES_PORT_443_TCP_PORT=443", "KUBERNETES_PORT_443_TCP_ADDR=10.96.0.1",
                "MY_WEB_SERVICE_HOST=10.96.0.7", "MY_WEB_SERVICE_PORT=80", "MY_WEB_PORT=tcp://10.96.0.7:80",
                "MY_WEB_PORT_80_TCP=tcp://10.96.0.7:80", "MY_WEB_PORT_80_TCP_PROTO=tcp",
                "MY_WEB_PORT_80_TCP_PORT=80", "MY_WEB_PORT_80_TCP_ADDR=10.96.0.7",
            ]
        )
    }

    @Test func `the data of Secrets is decoded, that of ConfigMaps is text`() {
        let secret: JSONValue = ["data": ["key": "aGVsbG8=", "bad": 3]]
        #expect(ClusterEnvironment.data(.secret, in: secret) == ["key": Array("hello".utf8)])
        let map: JSONValue = ["data": ["key": "hello"], "binaryData": ["raw": "AAE="]]
        #expect(ClusterEnvironment.data(.configMap, in: map) == ["key": Array("hello".utf8), "raw": [0, 1]])
    }

    @Test func `a part that fails soon waits longer each time, and one that had worked does not`() {
        var backoff = PartBackoff()
        #expect(backoff.next(afterRunOf: .zero) == .milliseconds(500))
        #expect(backoff.next(afterRunOf: .zero) == .seconds(1))
        for _ in 0..<10 { _ = backoff.next(afterRunOf: .zero) }
        #expect(backoff.next(afterRunOf: .seconds(1)) == .seconds(30))
        #expect(backoff.next(afterRunOf: .seconds(60)) == .milliseconds(500))
    }

    @Test func `values are kept for their time, and never more than so many`() {
        var cache = DataCache<Int, Int>(lifetime: .seconds(3), limit: 2)
        cache.put(10, for: 1, now: .zero)
        #expect(cache.value(of: 1, now: .seconds(2)) == 10)
        #expect(cache.value(of: 1, now: .seconds(3)) == nil)
        for key in 2...4 { cache.put(key, for: key, now: .zero) }
        #expect(cache.value(of: 4, now: .zero) == 4)
        #expect(cache.value(of: 2, now: .zero) == nil)
    }

    @Test func `what cannot work is refused with the flag and the remedy`() {
        func refusal(_ change: (inout NodeConfiguration) -> Void) -> String? {
            var configuration = NodeConfiguration(kubeconfig: "/etc/kubelet.conf")
            change(&configuration)
            do throws(NodeConfigurationError) {
                try configuration.check()
                return nil
            } catch {
                return error.description
            }
        }
        #expect(refusal { _ in } == nil)
        #expect(
            refusal { $0.nodeAddresses = ["127.0.0.1"].compactMap { IPAddress($0) } }?.hasPrefix("--node-ip") == true
        )
        #expect(refusal { $0.maxPods = 0 }?.hasPrefix("--max-pods") == true)
        #expect(refusal { $0.labels = ["a b": "c"] }?.hasPrefix("--node-labels") == true)
        #expect(refusal { $0.labels = ["example.com/a": "c"] } == nil)
        #expect(refusal { $0.taints = [.init(key: "a", effect: "Never")] }?.hasPrefix("--register-with-taints") == true)
        #expect(NodeConfiguration.Taint("a=b:NoExecute") == .init(key: "a", value: "b", effect: "NoExecute"))
        #expect(NodeConfiguration.Taint("a") == nil)
    }

    @Test func `facts are read from what Linux says`() {
        #expect(HostFacts.kibibytes("MemTotal", in: "MemFree: 5 kB\nMemTotal:  16 kB\n") == 16_384)
        #expect(HostFacts.kibibytes("MemTotal", in: "") == nil)
        #expect(HostFacts.value("PRETTY_NAME", inOSRelease: "NAME=x\nPRETTY_NAME=\"Debian 13\"\n") == "Debian 13")
        let here = HostFacts.read(storage: "/nonexistent")
        #expect(here.memoryBytes > 0)
        #expect(!here.kernelVersion.isEmpty)
    }
}
