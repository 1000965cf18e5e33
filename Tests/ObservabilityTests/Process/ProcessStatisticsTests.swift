import Testing

@testable import Observability

@Suite struct ProcessStatisticsTests {
    @Test("fields are counted after the last parenthesis of the program's name") func parsing() throws {
        // utime 120 and stime 30 ticks, started 5000 ticks after boot, 1 MiB virtual, 7 pages resident.
        let stat =
            "4711 (odd) name)) S 1 4711 4711 0 -1 4194560 100 0 0 0 120 30 0 0 20 0 4 0 5000 1048576 7 184467 1 1 0"
        let statistics = try #require(
            ProcessStatistics(
                stat: stat,
                systemStat: "cpu  1 2 3\nbtime 1795000000\nprocesses 5\n",
                ticksPerSecond: 100,
                pageBytes: 4_096
            )
        )
        #expect(statistics.cpuSeconds == 1.5)
        #expect(statistics.startTimeSeconds == 1_795_000_050)
        #expect(statistics.virtualBytes == 1_048_576)
        #expect(statistics.residentBytes == 28_672)
    }

    @Test(
        "what is not /proc/self/stat is nothing",
        arguments: ["", "4711 (name", "4711 (name) S 1 2", "4711 (x) S a b c"]
    )
    func malformed(stat: String) {
        let statistics = ProcessStatistics(stat: stat, systemStat: "btime 1\n", ticksPerSecond: 100, pageBytes: 4_096)
        #expect(statistics == nil)
    }

    @Test("this process has memory and file descriptors") func current() throws {
        let statistics = try #require(ProcessStatistics.current())
        #expect(statistics.residentBytes > 1_000_000)
        #expect(statistics.openFileDescriptors >= 3)
        #expect(statistics.maximumFileDescriptors >= statistics.openFileDescriptors)
    }

    @Test("every process metric has a value") func metrics() {
        let registry = MetricsRegistry()
        registry.registerProcess(version: "1.2.3")
        let names = registry.exposition().split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { String($0.prefix { $0 != " " && $0 != "{" }) }
        #expect(
            names == [
                "process_cpu_seconds_total", "process_max_fds", "process_open_fds", "process_resident_memory_bytes",
                "process_start_time_seconds", "process_virtual_memory_bytes", "trama_build_info",
            ]
        )
    }
}
