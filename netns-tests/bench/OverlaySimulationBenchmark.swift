import OverlaySimulation

/// The overlay's mesh and address ring with simulated peers: what a start, a newcomer, and doing nothing take.
///
/// The times are of the simulated clock, so they do not depend on the machine; those of the machine are said as well.
struct OverlaySimulationBenchmark {
    var peerCounts: [Int]
    /// Whether the peers share out addresses as well.
    var sharesAddresses = true

    func run() {
        for count in peerCounts {
            let empty = Memory.resident
            let start = ContinuousClock.now
            let report = SimulationScenario(peerCount: count, sharesAddresses: sharesAddresses).run { Report.line("  … \($0)") }
            var machine = Samples()
            machine.append(.now - start)
            Report.section("Overlay, \(count) simulated peers", columns: ["", "", "bound", ""])
            time("all start: every peer knows of every other", report.convergence, atMost: count > 100 ? 10 : 3)
            time("all start: every peer has addresses, and all agree", report.addressing, atMost: count > 100 ? 30 : 5)
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
            time("one record changes: every peer has it", report.update, atMost: 3)
            time("one more starts: every peer knows it, and it every peer", report.joining, atMost: 3)
            time("one more starts: it has addresses", report.joiningAddressing, atMost: 3)
            Report.check("rules broken", Double(report.violations.count), atMost: 0, digits: 0)
            for violation in report.violations.prefix(5) { Report.line("  \(violation)") }
            let events = Double(report.eventCount)
            Report.value("simulated in, s", (machine.median / 1000).text(1))
            Report.value("events simulated per second", (events / machine.median * 1000).text(0))
            Report.value("memory of a simulated peer at most, KiB", memory(above: empty, of: count))
        }
    }

    private func time(_ label: String, _ time: Duration?, atMost bound: Double) {
        let seconds = time.map { Double($0.components.seconds) + Double($0.components.attoseconds) / 1e18 }
        Report.check(label, seconds ?? .infinity, atMost: bound, unit: " s")
    }

    private func memory(above empty: Int, of count: Int) -> String {
        (Double(max(Memory.peak - empty, 0)) / 1024 / Double(count)).text(0)
    }
}
