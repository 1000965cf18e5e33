extension SystemFiles {
    /// The most connections that are asked for, whatever the number of CPUs.
    static let connectionLimit = 1_048_576

    /// Sets limits and timeouts of connection tracking, as upstream computes them; only what differs is written.
    ///
    /// Unlike upstream, failures are results like others: in a container the sysctls are often read-only, and the
    /// rules work regardless.
    ///
    /// - Returns: What became of each setting, in order.
    public func apply(_ conntrack: ProxyConfiguration.Conntrack) -> [SettingResult] {
        var results: [SettingResult] = []
        if let maxPerCore = conntrack.maxPerCore {
            let (product, overflow) = maxPerCore.multipliedReportingOverflow(by: processorCount())
            let limit = min(max(overflow ? .max : product, conntrack.min), Self.connectionLimit)
            results.append(setSysctl("net.netfilter.nf_conntrack_max", to: limit))
            results.append(growHashTable(forConnections: limit))
        }
        let timeouts: [(name: String, timeout: Duration?)] = [
            ("net.netfilter.nf_conntrack_tcp_timeout_established", conntrack.tcpEstablishedTimeout),
            ("net.netfilter.nf_conntrack_tcp_timeout_close_wait", conntrack.tcpCloseWaitTimeout),
            ("net.netfilter.nf_conntrack_udp_timeout", conntrack.udpTimeout),
            ("net.netfilter.nf_conntrack_udp_timeout_stream", conntrack.udpStreamTimeout),
        ]
        for (name, timeout) in timeouts {
            // A timeout of 0 would forget connections at once, which nobody means by a fraction of a second.
            if let timeout { results.append(setSysctl(name, to: max(1, Int(timeout.components.seconds)))) }
        }
        if conntrack.tcpBeLiberal {
            results.append(setSysctl("net.netfilter.nf_conntrack_tcp_be_liberal", to: 1))
        }
        return results
    }

    /// Sets `/proc/self/oom_score_adj`.
    public func setOOMScoreAdjustment(_ value: Int) -> SettingResult {
        set("oom_score_adj", at: "/proc/self/oom_score_adj", to: String(value))
    }

    /// The CPUs that are online, whichever of them this process may use; 1 where that is not known.
    ///
    /// Form: `0-3,5` (Documentation/admin-guide/cputopology.rst).
    func processorCount() -> Int {
        guard let text = try? read("/sys/devices/system/cpu/online") else { return 1 }
        var count = 0
        for range in text.split(separator: ",") {
            let bounds = range.split(separator: "-").map { Int($0) }
            guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, bounds.count <= 2,
                (0...65_535).contains(first), (first...65_535).contains(last)
            else { return max(count, 1) }
            count += last - first + 1
        }
        return max(count, 1)
    }

    /// Four connections per bucket, as upstream; a table that is larger already stays.
    private func growHashTable(forConnections limit: Int) -> SettingResult {
        set(
            "nf_conntrack.hashsize",
            at: "/sys/module/nf_conntrack/parameters/hashsize",
            to: String(limit / 4)
        ) { present in (Int(present) ?? 0) >= limit / 4 }
    }

    private func setSysctl(_ name: String, to value: Int) -> SettingResult {
        set(name, at: "/proc/sys/" + name.split(separator: ".").joined(separator: "/"), to: String(value))
    }
}
