import Addressing
import Glibc
import KubernetesAPI
import KubernetesClient
import Netlink

/// How long it takes from `kubectl apply` until a pod runs, and until it answers another node.
struct PodStarts {
    let lab: BenchLab
    let count: Int

    private static let port: UInt16 = 8080
    /// A pod that takes longer has failed.
    private static let limit = Duration.seconds(60)

    func run() async throws {
        var (applied, known, answered) = (Samples(), Samples(), Samples())
        try await lab.withClient { client in
            for index in 0..<count {
                let name = "start-\(index)"
                // It tells of the pod that is about to be made.
                var events = try await client.watch(
                    Pod.self,
                    Selection(namespace: "default", fields: "metadata.name=\(name)"),
                    from: .initialEvents,
                    timeout: Self.limit
                )
                let start = ContinuousClock.now
                async let kubectl = lab.kubectl("apply", "-f", "-", input: Self.manifest(name))
                guard let pod = try await Self.running(&events) else {
                    _ = try await kubectl
                    throw Program.Failure(command: "start pod \(name)", status: ETIMEDOUT, output: "it does not run")
                }
                applied.append(pod.running - start)
                known.append(pod.running - pod.known)
                try await waitForAnswer(of: pod)
                answered.append(.now - start)
                _ = try await kubectl
                _ = try await client.delete(
                    Pod.resource,
                    namespace: "default",
                    name: name,
                    options: Array(#"{"gracePeriodSeconds":0}"#.utf8)
                )
            }
        }
        Report.section("Pods, one after the other, \(count), in milliseconds", columns: ["p50 ms", "p90 ms", "max ms"])
        for (label, samples) in [
            ("start of `kubectl apply` to Running with an address", applied),
            ("the API server has it to Running with an address", known),
            ("start of `kubectl apply` to a connection from another node", answered),
        ] {
            Report.row(label, [samples.median, samples.percentile(90), samples.maximum].map { $0.text(1) })
        }
        Report.check("start of `kubectl apply` to Running, p50", applied.median, atMost: 500, digits: 0, unit: " ms")
    }

    /// A pod that runs.
    private struct Running {
        var address: IPAddress
        var node: String
        /// When the API server told of it first.
        var known: ContinuousClock.Instant
        /// When it told that it runs and has an address.
        var running: ContinuousClock.Instant
    }

    /// Waits until the one pod of a watch runs; nil where the watch ends before.
    private static func running(_ events: inout WatchStream<Pod>) async throws -> Running? {
        var known: ContinuousClock.Instant?
        while let element = try await events.next() {
            guard case .event(let event) = element else { continue }
            switch event {
            case .added(let pod), .modified(let pod):
                let now = ContinuousClock.now
                known = known ?? now
                if pod.phase == "Running", let address = pod.addresses.first.flatMap({ IPAddress($0) }) {
                    return Running(address: address, node: pod.nodeName, known: known ?? now, running: now)
                }
            case .deleted, .bookmark, .error: continue
            }
        }
        return nil
    }

    /// Connects until the pod accepts, from a node that it is not on.
    private func waitForAnswer(of pod: Running) async throws {
        let namespace = try lab.namespace(ofNode: pod.node == "node-1" ? 2 : 1)
        try await eventually("an answer of \(pod.address)", every: .milliseconds(1)) {
            try Self.connects(to: pod.address, in: namespace)
        }
    }

    private static func connects(to address: IPAddress, in namespace: borrowing NetworkNamespace) throws -> Bool {
        guard case .v4(let number) = address else { return false }
        return try namespace.enter { () throws(NetlinkError) in
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { throw NetlinkError(operation: "make a socket", errno: errno) }
            defer { close(descriptor) }
            // A first packet that is lost would be sent again after a second.
            var timeout = timeval(tv_sec: 0, tv_usec: 100_000)
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
            var target = sockaddr_in(port: port, address: number)
            return withUnsafePointer(to: &target) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
        }
    }

    private static func manifest(_ name: String) -> String {
        """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"\(name)","namespace":"default"},"spec":{"containers":[\
        {"name":"app","image":"trama.dev/echo","args":["\(port)"]}]}}
        """
    }
}
