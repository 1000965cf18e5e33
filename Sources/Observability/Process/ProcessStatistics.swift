import Glibc

/// What the kernel says about this process, for the `process_*` metrics that every Prometheus client has.
public struct ProcessStatistics: Sendable, Equatable {
    /// CPU time used, user and system.
    public var cpuSeconds: Double
    /// Resident memory.
    public var residentBytes: Double
    /// Virtual memory.
    public var virtualBytes: Double
    /// When the process was started, in seconds since the epoch.
    public var startTimeSeconds: Double
    /// File descriptors that are open.
    public var openFileDescriptors: Double
    /// File descriptors that may be open.
    public var maximumFileDescriptors: Double

    /// The statistics of this process; nil where `/proc` is not mounted.
    public static func current() -> ProcessStatistics? {
        guard let stat = try? SmallFile.read("/proc/self/stat"), let system = try? SmallFile.read("/proc/stat") else {
            return nil
        }
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return ProcessStatistics(
            stat: stat,
            systemStat: system,
            ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))),
            pageBytes: Double(sysconf(Int32(_SC_PAGESIZE))),
            openFileDescriptors: countOpenFileDescriptors(),
            maximumFileDescriptors: Double(limit.rlim_cur)
        )
    }

    /// From the text of `/proc/self/stat` and `/proc/stat` (proc_pid_stat(5)).
    init?(
        stat: String,
        systemStat: String,
        ticksPerSecond: Double,
        pageBytes: Double,
        openFileDescriptors: Double = 0,
        maximumFileDescriptors: Double = 0
    ) {
        // The second field is the program's name in parentheses, which may itself contain anything.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(whereSeparator: \.isWhitespace).map { Double($0) }
        let bootTime = systemStat.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap {
            Double($0.dropFirst(6))
        }
        // `fields` begins with field 3: utime is 14, stime 15, starttime 22, vsize 23, rss 24.
        guard fields.count > 21, let user = fields[11], let kernel = fields[12], let start = fields[19],
            let virtual = fields[20], let resident = fields[21], let bootTime
        else { return nil }
        cpuSeconds = (user + kernel) / ticksPerSecond
        residentBytes = resident * pageBytes
        virtualBytes = virtual
        startTimeSeconds = bootTime + start / ticksPerSecond
        self.openFileDescriptors = openFileDescriptors
        self.maximumFileDescriptors = maximumFileDescriptors
    }

    private static func countOpenFileDescriptors() -> Double {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Without `.`, `..` and the descriptor of the folder.
        return Double(max(0, count - 3))
    }
}

extension MetricsRegistry {
    /// Registers the `process_*` metrics and `trama_build_info`.
    public func registerProcess(version: String) {
        let metrics: [(name: String, help: String, kind: Kind, value: @Sendable (ProcessStatistics) -> Double)] = [
            (
                "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", .counter,
                { $0.cpuSeconds }
            ),
            ("process_resident_memory_bytes", "Resident memory size in bytes.", .gauge, { $0.residentBytes }),
            ("process_virtual_memory_bytes", "Virtual memory size in bytes.", .gauge, { $0.virtualBytes }),
            (
                "process_start_time_seconds", "Start time of the process since unix epoch in seconds.", .gauge,
                { $0.startTimeSeconds }
            ),
            ("process_open_fds", "Number of open file descriptors.", .gauge, { $0.openFileDescriptors }),
            (
                "process_max_fds", "Maximum number of open file descriptors.", .gauge,
                { $0.maximumFileDescriptors }
            ),
        ]
        for metric in metrics {
            computed(metric.name, help: metric.help, kind: metric.kind) {
                ProcessStatistics.current().map(metric.value)
            }
        }
        gauges("trama_build_info", help: "Always 1; the label says which build this is.", labels: ["version"])
            .with(version).set(1)
    }
}
