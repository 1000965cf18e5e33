import ArgumentParser
import Glibc
import Netlink

/// Measures the data plane and its core on the real kernel, in network namespaces that it makes itself.
@main
struct TramaBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trama-bench",
        abstract: "Measures trama's data plane on this kernel. Needs root."
    )

    /// What can be measured.
    enum Part: String, CaseIterable, ExpressibleByArgument {
        case cold, changes, restart, memory, latency, design
        case overlayPaths = "overlay-paths"
        case overlayEncrypted = "overlay-encrypted"
        case overlayStart = "overlay-start"
        case overlayFallback = "overlay-fallback"
        case overlayMembers = "overlay-members"
        case overlaySimulation = "overlay-simulation"
        case store
        case apiServer = "api-server"
        case dns
        case lab
    }

    @Option(name: .customLong("only"), parsing: .upToNextOption, help: "Measure only these parts.")
    var parts = Part.allCases

    @Option(parsing: .upToNextOption, help: "Numbers of Services.")
    var services = [1000, 10_000, 50_000]

    @Option(help: "Endpoints of each Service.")
    var endpoints = 10

    @Option(help: "TCP connections of each kind, in latency.")
    var connects = 10_000

    @Option(parsing: .upToNextOption, help: "Numbers of simulated peers, in overlay-simulation.")
    var peers = [3, 100, 1000, 5000]

    @Option(help: "The most simulated peers that share out addresses, too.")
    var addressedPeers = 5000

    @Flag(name: .customLong("classic-10000"), help: "Load the classic layout of 10,000 Services too; takes minutes.")
    var loadsLargeClassic = false

    @Option(name: .customLong("trama"), help: "The trama program. (default: the one beside this)")
    var program: String?

    @Option(help: "Rounds of traffic, in overlay-paths and overlay-encrypted, and starts, in overlay-start.")
    var rounds = 7

    @Option(help: "Seconds of each bulk transfer, in overlay-paths and overlay-encrypted; 0 leaves them out.")
    var seconds = 1

    @Option(help: "Members, in overlay-members.")
    var members = 500

    @Option(help: "Writes of each of eight writers, in store.")
    var writes = 5000

    @Option(help: "Where store puts its files: on the disk that is to be measured.")
    var storeFolder = "/var/tmp"
    @Option(help: "Services and slices that the API server holds, in api-server; three times as many pods.")
    var objects = 10_000

    @Option(help: "Watchers that a change goes to, in api-server.")
    var watchers = 1_000

    @Option(help: "Nodes that renew Leases, in api-server.")
    var nodes = 5_000

    @OptionGroup var lab: LabBenchmarkOptions

    @Option(help: .hidden)
    var probeMemory: Int?

    @Option(help: .hidden)
    var memberSwarm: Int?

    @Option(help: .hidden)
    var swarmFolder = ""

    @Option(help: .hidden)
    var swarmToken = ""

    func run() async throws {
        if let probeMemory {
            return try await Memory.probe(
                Workload(serviceCount: probeMemory, endpointCount: endpoints),
                repetitions: 10_000
            )
        }
        if let memberSwarm {
            return try await MemberSwarm(count: memberSwarm, token: swarmToken, folder: swarmFolder).run()
        }
        if let byteCount = lab.occupyBytes { try OccupiedMemory.occupy(byteCount) }
        if lab.insideLab { return try await LabBenchmark(program: trama, options: lab).run() }
        Report.line(
            "Times in milliseconds unless said otherwise; what is compared was measured in turn. \(Machine.description)"
        )
        if parts.contains(.cold) {
            for count in services { try await coldStart(count).run() }
        }
        if parts.contains(.changes) {
            try await Changes(sizes: services, endpointCount: endpoints, repetitions: 300).run()
        }
        let usual = Workload(serviceCount: services.contains(10_000) ? 10_000 : services[0], endpointCount: endpoints)
        if parts.contains(.restart) {
            for count in services where count >= 10_000 || services.count == 1 {
                let workload = Workload(serviceCount: count, endpointCount: endpoints)
                try await Restart(workload: workload, repetitions: count > 10_000 ? 2 : 7).run()
            }
        }
        if parts.contains(.memory) {
            let arguments = [
                "/proc/self/exe", "--probe-memory", "\(usual.serviceCount)", "--endpoints", "\(endpoints)",
            ]
            let table = try Program.run(arguments, in: .current())
            Report.line(table)
            if access(trama, X_OK) == 0 { try await TramaProgram(path: trama, workload: usual).run() }
        }
        if parts.contains(.latency) {
            try await ConnectLatency(sizes: [1, 1000, 10_000], endpointCount: endpoints, connects: connects).run()
        }
        if parts.contains(.design) { try await DesignQuestions(workload: usual, repetitions: 5).run() }
        try await runOverlay()
        if parts.contains(.store) { try await StoreBenchmark(writeCount: writes, folder: storeFolder).run() }
        if parts.contains(.apiServer) {
            try await APIServerBenchmark(
                program: trama,
                count: objects,
                watcherCount: watchers,
                nodeCount: nodes
            ).run()
        }
        if parts.contains(.dns) { try await DNSBenchmark(path: trama, workload: usual).run() }
        if parts.contains(.lab) { try await LabBenchmark(program: trama, options: lab).run() }
    }

    private func runOverlay() async throws {
        if parts.contains(.overlayPaths) {
            try await OverlayPaths(program: trama, rounds: rounds, seconds: seconds).run()
        }
        if parts.contains(.overlayEncrypted) {
            try await OverlayEncrypted(program: trama, rounds: rounds, seconds: seconds).run()
        }
        if parts.contains(.overlayStart) { try await OverlayStart(program: trama, rounds: rounds).run() }
        if parts.contains(.overlayFallback) {
            try await OverlayFallback(program: trama, pairs: min(rounds, 5)).run()
        }
        if parts.contains(.overlayMembers) { try await OverlayMembers(program: trama, count: members).run() }
        if parts.contains(.overlaySimulation) {
            OverlaySimulationBenchmark(peerCounts: peers, addressedPeerCount: addressedPeers).run()
        }
    }

    /// The path of the program that is measured.
    private var trama: String {
        if let program { return program }
        return Program.ownPath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/trama"
    }

    private func coldStart(_ count: Int) -> ColdStart {
        let repetitions = count <= 1000 ? 15 : count <= 10_000 ? 9 : 3
        let classic = count <= 1000 ? 5 : count <= 10_000 && loadsLargeClassic ? 1 : 0
        return ColdStart(
            workload: Workload(serviceCount: count, endpointCount: endpoints),
            repetitions: repetitions,
            classicRepetitions: classic
        )
    }
}
