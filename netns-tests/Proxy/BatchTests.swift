import Addressing
import KubernetesAPI
import ServiceDataplane
import ServiceRouting
import Synchronization
import Testing

/// A change that is cut into many transactions loses no connection attempt: no frontend is ever without its endpoints.
@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct BatchTests {
    /// Clients that connect over and over, until told to stop.
    private final class Hammer: Sendable {
        private let isOver = Mutex(false)
        private let failures = Mutex<[FlowOutcome]>([])
        private let count = Atomic<Int>(0)

        /// Connects until ``stop()``; each caller needs a probe of its own.
        func run(_ probe: FlowProbe, from host: Host, to targets: [Frontend], allowed: Set<String>) async {
            while !isOver.withLock({ $0 }) {
                for target in targets {
                    // A lost SYN comes again after a second.
                    let outcome = await probe.flow(from: host, to: target, timeout: .milliseconds(900))
                    if !allowed.contains(outcome.server ?? "") { failures.withLock { $0.append(outcome) } }
                    count.add(1, ordering: .relaxed)
                }
            }
        }

        func stop() -> (count: Int, failures: [FlowOutcome]) {
            isOver.withLock { $0 = true }
            return (count.load(ordering: .relaxed), failures.withLock { $0 })
        }
    }

    @Test(arguments: [1, 7, 64])
    func `no connection is lost while a large change goes in by small transactions`(limit: Int) async throws {
        let bed = try await ServiceTestBed(families: [.ipv4], batchLimit: limit)
        try await bed.serveWholeRanges()
        let service = ServiceModel("busy", number: 1)
        try await bed.set(service)
        try await bed.apply(bed.endpoints(2, of: service))
        let targets = FrontendKind.allCases.filter { $0 != .externalIP }.map { $0.frontend(of: service, .ipv4, .tcp) }
        let hammer = Hammer()
        let hosts = [bed.lab["client"], bed.lab["pod"]]
        let failures = try await withThrowingTaskGroup(of: Void.self) { group in
            for host in hosts {
                group.addTask { await hammer.run(FlowProbe(), from: host, to: targets, allowed: ["local"]) }
            }
            // More and fewer endpoints, other Services beside them, other policies.
            for count in [40, 3, 90, 1, 20] {
                let others = (2...6).map { number in
                    ServiceModel("other-\(number)", number: number, on: "local", "remote", "pod") {
                        $0.externalPolicy = count % 2 == 0 ? .local : .cluster
                        $0.affinityTimeout = count > 20 ? 60 : nil
                        $0.sourceRanges = count < 20 ? ["10.0.0.0/8"] : []
                    }
                }
                let policy = service.with { $0.externalPolicy = count % 2 == 0 ? .local : .cluster }
                let changes = bed.endpoints(count, of: policy) + others.flatMap(\.changes)
                // The Service alone: its slices are the ranges.
                try await bed.apply(changes + [policy.changes[0]])
                try await bed.cleanUp()
                try await bed.restart(batchLimit: limit)
            }
            let (count, failures) = hammer.stop()
            try await group.waitForAll()
            #expect(count > 20)
            return failures
        }
        #expect(failures == [])
    }
}
