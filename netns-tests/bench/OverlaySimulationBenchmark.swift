import OverlaySimulation

/// The overlay's mesh and address ring with simulated peers: what a start, a newcomer, and doing nothing take.
///
/// The times are of the simulated clock, so they do not depend on the machine; those of the machine are said as well.
struct OverlaySimulationBenchmark {
    var peerCounts: [Int]
    /// The most peers that share out addresses, too: it makes five changes of each peer's one.
    var addressedPeerCount: Int

    func run() {
        for count in peerCounts {
            let sharesAddresses = count <= addressedPeerCount
            let empty = Memory.resident
            let start = ContinuousClock.now
            let report = SimulationScenario(
                peerCount: count,
                startWindow: count <= 3 ? .milliseconds(100) : .seconds(1),
                // Where there are many, a short time is as good as a long one.
                idleTime: count <= 100 ? .seconds(60) : .seconds(20),
                sharesAddresses: sharesAddresses
            ).run()
            var machine = Samples()
            machine.append(.now - start)
            let also = sharesAddresses ? ", and every peer has addresses" : ""
            Report.section("Overlay, \(count) simulated peers", columns: ["", "", "bound", ""])
            time("all start: every peer knows of every other", report.convergence, atMost: 10)
            time("all start: all agree\(also)", report.addressing, atMost: count <= 3 ? 2 : 10)
            Report.value("sent by a peer until then, messages", report.startTraffic.messages.text(0))
            Report.value("sent by a peer until then, KB", (report.startTraffic.bytes / 1000).text(1))
            Report.value("sent by the busiest until then, KB", (report.startTraffic.mostBytes / 1000).text(1))
            Report.value("idle: messages per peer and second", report.idleTraffic.messages.text(2))
            Report.check(
                "idle: KB per peer and second",
                report.idleTraffic.bytes / 1000,
                atMost: 2,
                digits: 3
            )
            Report.value("idle: the busiest's KB per second", (report.idleTraffic.mostBytes / 1000).text(3))
            time("one record changes: every peer has it", report.update)
            time("one more starts: every peer knows it, and it every peer", report.joining, atMost: 3)
            if sharesAddresses { time("one more starts: it has addresses", report.joiningAddressing) }
            Report.check("rules broken", Double(report.violations.count), atMost: 0, digits: 0)
            for violation in report.violations.prefix(5) { Report.line("  \(violation)") }
            let events = Double(report.eventCount)
            Report.value("simulated in, s", (machine.median / 1000).text(1))
            Report.value("events simulated per second", (events / machine.median * 1000).text(0))
            Report.value("memory of a simulated peer at most, KiB", memory(above: empty, of: count))
        }
    }

    private func time(_ label: String, _ time: Duration?, atMost bound: Double? = nil) {
        let seconds = time.map { Double($0.components.seconds) + Double($0.components.attoseconds) / 1e18 }
        if let bound {
            Report.check(label, seconds ?? .infinity, atMost: bound, unit: " s")
        } else {
            Report.value(label, seconds.map { $0.text(2) + " s" } ?? "never")
        }
    }

    private func memory(above empty: Int, of count: Int) -> String {
        (Double(max(Memory.peak - empty, 0)) / 1024 / Double(count)).text(0)
    }
}
