import Glibc
import Netlink
import Testing

/// `attach`, `detach`, `expose` and `hide` with the real daemon.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct OverlayAttachmentTests {
    @Test func `a namespace is attached by name or path, with the addresses that are asked for, and detached`()
        async throws
    {
        let bed = try await OverlayTestBed(hosts: 1)
        try await bed.launch("--range", "10.32.0.0/16", "--range", "fd11::/48")
        let host = bed[0]
        let pod = try await host.pod("10.32.0.77")
        #expect(pod.addresses.count == 2 && pod.addresses[0] == "10.32.0.77", "\(pod.addresses)")
        #expect(try await host.host.reaches("10.32.0.77"))
        #expect(try await host.host.reaches(pod.address(isIPv6: true)))
        // Once more is the same; another address is not.
        let again = try await host.trama("attach", pod.namespace.name)
        #expect(again.split(separator: "\n").map(String.init) == pod.addresses)
        #expect(try await host.refusal("attach", pod.namespace.name, "10.32.0.78").contains("detach it first"))
        try await host.waitForStatus("attachments", has: pod.namespace.name, "eth0", "10.32.0.77")
        #expect(try await host.status().contains("Used: 2"))

        // A second interface, by the namespace's path.
        let path = "\(NetworkNamespace.directory)/\(pod.namespace.name)"
        let second = try await host.trama("attach", "--interface", "net1", path)
        #expect(try await pod.run("ip", "address", "show", "net1").contains(second.split(separator: "\n")[0]))

        try await host.trama("detach", pod.namespace.name)
        await #expect(throws: (any Error).self) { try await pod.run("ip", "link", "show", "eth0") }
        #expect(try await pod.run("ip", "link", "show", "net1").contains("net1"))
        try await host.trama("detach", pod.namespace.name)
        try await host.trama("detach", "--interface", "net1", path)
        #expect(try await host.status("attachments").isEmpty)
        // Addresses rest for a minute.
        let next = try await host.pod()
        #expect(Set(next.addresses).isDisjoint(with: pod.addresses))
    }

    @Test func `what cannot be attached is refused in words, and leaves nothing behind`() async throws {
        let bed = try await OverlayTestBed(hosts: 1)
        try await bed.launch("--range", "10.32.0.0/16")
        let host = bed[0]
        // Attaching waits until the kernel has what it is to have.
        try await host.trama("detach", host.pod("10.32.0.8").namespace.name)
        let before = try await host.kernelState()
        let missing = try await host.refusal("attach", "trama-t-nobody")
        #expect(missing.contains("\(NetworkNamespace.directory)/trama-t-nobody"), "\(missing)")
        let namespace = try await NamedNamespace()
        let foreign = try await host.refusal("attach", namespace.name, "10.33.0.5")
        #expect(foreign.contains("10.33.0.5 is not this host's to give"), "\(foreign)")
        for address in ["10.32.0.0", "fd00::5"] {
            #expect(try await host.refusal("attach", namespace.name, address).contains("not this host's to give"))
        }
        #expect(
            try await host.refusal("attach", namespace.name, "10.32.0.5", "10.32.0.6").contains("ask for one at most")
        )
        #expect(try await host.refusal("attach", namespace.name, "ten", status: 64).contains("must be an IPv4"))
        let own = try await host.refusal("attach", "1")
        #expect(own.contains("/proc/1/ns/net") || own.contains("eth0"), "\(own)")
        let pod = try await host.pod("10.32.0.9")
        let taken = try await host.refusal("attach", namespace.name, "10.32.0.9")
        #expect(taken.contains("10.32.0.9 belongs to") && taken.contains(pod.namespace.name), "\(taken)")
        try await host.trama("detach", pod.namespace.name)
        let after = try await host.kernelState()
        #expect(after == before, "\(before)\n\(after)")
        #expect(try await host.status("attachments").isEmpty)
    }

    @Test func `a host is reached by its exposed addresses from pods everywhere, until it hides`() async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        let pods = try await bed.pods()
        let exposed = try await bed[0].trama("expose").split(separator: "\n").map(String.init)
        #expect(exposed.count == 2)
        for address in exposed {
            for pod in pods { try await pod.waitUntilReaching(address) }
        }
        #expect(try await bed[0].trama("expose").split(separator: "\n").map(String.init) == exposed)
        try await bed[0].waitForStatus("attachments", has: "this host", exposed[0])
        // The host reaches pods from it.
        #expect(try await bed[0].host.reaches(pods[1].address()))
        // Exposed addresses outlive the daemon.
        try await bed[0].end(by: SIGKILL)
        try bed[0].launch(["--initial-peers", "2", bed[0].address])
        try await bed[0].waitUntilReady()
        try await pods[1].waitUntilReaching(exposed[0])
        #expect(try await bed[0].trama("expose").split(separator: "\n").map(String.init) == exposed)
        // What cannot be had leaves what is.
        #expect(try await bed[0].refusal("expose", "10.99.0.1").contains("10.99.0.1 is not this host's to give"))
        #expect(try await bed[0].trama("expose").split(separator: "\n").map(String.init) == exposed)
        for address in exposed { try await pods[1].waitUntilReaching(address) }

        try await bed[0].trama("hide")
        for address in exposed { #expect(await !pods[1].reaches(address)) }
        try await bed[0].trama("hide")
        #expect(try await bed[0].refusal("expose", "10.99.0.1").contains("10.99.0.1 is not this host's to give"))
    }

    @Test func `a full range says which it is, how much is in use and what is free elsewhere`() async throws {
        let bed = try await OverlayTestBed()
        // Four blocks with two addresses each for pods; the seeds have two blocks each.
        let arguments = [
            "--range", "10.32.0.0/28", "--block-length", "30", "--ipam-seed", "host1,host2", bed[0].address,
        ]
        for host in bed.hosts { try host.launch(arguments) }
        for host in bed.hosts { try await host.waitForStatus("summary", has: "Status: ready", "Peers: 2") }
        var pods: [OverlayPod] = []
        // Its own two blocks, and the one that the other has not begun.
        for _ in 0..<6 { pods.append(try await bed[0].pod()) }
        #expect(Set(pods.flatMap(\.addresses)).count == 6)
        let namespace = try await NamedNamespace()
        let said = try await bed[0].refusal("attach", namespace.name)
        #expect(said.contains("no address left in 10.32.0.0/30, "), "\(said)")
        #expect(said.contains("6 in use") && said.contains("0 of 1 blocks of other peers are free"), "\(said)")
        #expect(said.contains("no reachable peer has a free block"), "\(said)")
        #expect(try await bed[0].status("ipam").contains("3 of 4 blocks"))
        // The other one has what it needs.
        let other = try await (bed[1].pod(), bed[1].pod())
        for pod in pods { try await other.1.waitUntilReaching(pod.address()) }
        // With the other one down that is said too.
        try await bed[1].end(by: SIGKILL)
        let alone = try await bed[0].refusal("attach", namespace.name)
        #expect(alone.contains("no address left in"), "\(alone)")
    }

    @Test func `pods stay attached over a restart, and none gets the address of another`() async throws {
        let bed = try await OverlayTestBed()
        try await bed.launch()
        let pods = try await bed.pods()
        let removed = try await bed[0].pod()
        for signal in [SIGKILL, SIGTERM] {
            try await bed[0].end(by: signal)
            // Its namespace goes while nobody looks.
            if signal == SIGKILL { try await bed[0].host.run("ip", "netns", "del", removed.namespace.name) }
            try bed[0].launch(["--initial-peers", "2", bed[0].address])
            try await bed[0].waitUntilReady()
            let again = try await bed[0].trama("attach", pods[0].namespace.name)
            #expect(again.split(separator: "\n").map(String.init) == pods[0].addresses)
            try await pods[1].waitUntilReaching(pods[0].address())
        }
        // It is looked for each half minute.
        try await bed[0].waitForStatus(
            "attachments",
            has: pods[0].namespace.name,
            without: [removed.namespace.name],
            within: .seconds(120)
        )
        let next = try await bed[0].pod()
        #expect(Set(next.addresses).isDisjoint(with: pods[0].addresses))
    }
}
