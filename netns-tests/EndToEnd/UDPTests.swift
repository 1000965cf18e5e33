import Addressing
import Testing

/// UDP clients that keep their socket: connection tracking would send them where they went before.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct UDPTests {
    @Test func `a client with one socket follows the endpoints`() async throws {
        let bed = try await ProxyTestBed()
        func write(_ endpoints: String...) throws {
            try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: endpoints).yaml)
        }
        try write(ProxyTestBed.one)
        let proxy = try await bed.start()
        let target = ProxyTestBed.frontend("172.30.0.1", 80, .udp)
        let flow = try await bed.probe.open(from: bed.client, to: target, timeout: .milliseconds(500))
        #expect(await bed.probe.ask(flow).server == "one")

        try write(ProxyTestBed.two)
        try await eventually("the client to reach the other endpoint") { await bed.probe.ask(flow).server == "two" }
        // A second endpoint is no reason to move.
        try write(ProxyTestBed.one, ProxyTestBed.two)
        try await bed.expect(["one", "two"], at: "172.30.0.1")
        #expect(await bed.probe.ask(flow).server == "two")

        try write()
        try await eventually("new clients to be refused") { await bed.flow("172.30.0.1", 80, .udp) == .refused }
        // Where there is no better endpoint the old one is as good as none, as upstream has it.
        #expect(await bed.probe.ask(flow).server == "two")
        try write(ProxyTestBed.one)
        try await eventually("the client to move again") { await bed.probe.ask(flow).server == "one" }
        #expect(try await bed.metric("kubeproxy_conntrack_reconciler_deleted_entries_total", "IPv4") >= 1)
        #expect(try await proxy.terminate() == .exited(0))
    }

    @Test func `a client that asked before there was a Service reaches it`() async throws {
        let bed = try await ProxyTestBed()
        let proxy = try await bed.start()
        // Nobody answers: the flow is tracked untranslated, to where the default route leads.
        let target = ProxyTestBed.frontend("172.30.0.1", 80, .udp)
        let flow = try await bed.probe.open(from: bed.lab["two"], to: target, timeout: .milliseconds(300))
        _ = await bed.probe.ask(flow)
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one]).yaml)
        try await eventually("the client to be answered") { await bed.probe.ask(flow).server == "one" }
        #expect(try await proxy.terminate() == .exited(0))
    }

    @Test func `what changed while the proxy was away moves the client too`() async throws {
        let bed = try await ProxyTestBed()
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.one]).yaml)
        let proxy = try await bed.start()
        let target = ProxyTestBed.frontend("172.30.0.1", 80, .udp)
        let flow = try await bed.probe.open(from: bed.client, to: target, timeout: .milliseconds(500))
        #expect(await bed.probe.ask(flow).server == "one")
        #expect(try await proxy.terminate() == .exited(0))
        try bed.folder.write("web.yaml", Manifest(clusterIP: "172.30.0.1", endpoints: [ProxyTestBed.two]).yaml)
        try await bed.start()
        try await eventually("the client to reach the other endpoint") { await bed.probe.ask(flow).server == "two" }
    }
}
