import Addressing

extension LabOptions {
    /// Most bytes of a lab's name: links of the machine are called after it, and those have 15.
    public static let nameLimit = 10
    /// Most nodes of a lab whose hosts are on one bridge, and of one that is routed.
    public static func nodeLimit(isRouted: Bool) -> Int { isRouted ? 29 : 200 }

    /// Refuses what cannot work, before anything is touched.
    public func check() throws(LabError) {
        try Self.check(name: name)
        guard 0...Self.nodeLimit(isRouted: isRouted) ~= nodeCount else {
            throw LabError(
                "--nodes \(nodeCount): a lab has 0 to \(Self.nodeLimit(isRouted: true)) nodes where it is routed, and up to "
                    + "\(Self.nodeLimit(isRouted: false)) on a bridge"
            )
        }
        for (flag, ranges) in [
            ("--subnet", subnets), ("--cluster-cidr", clusterRanges), ("--service-cidr", serviceRanges),
        ] {
            for range in ranges {
                guard families.contains(range.family) else {
                    throw LabError("\(flag) \(range): the underlay is \(underlay.rawValue); ask for --underlay dual")
                }
            }
            guard Set(ranges.map(\.family)).count == ranges.count else {
                throw LabError("\(flag): at most one prefix of each family")
            }
        }
        for subnet in subnets where subnet.length > (subnet.family == .ipv4 ? 24 : 64) {
            throw LabError("--subnet \(subnet): must be at least a /24 of IPv4, or a /64 of IPv6")
        }
        for range in podRanges where range.length > (range.family == .ipv4 ? 20 : 60) {
            throw LabError("--cluster-cidr \(range): each node takes a /24, or a /64 of IPv6, of it")
        }
        for range in clusterIPRanges where range.family.bitCount - range.length < 5 {
            throw LabError("--service-cidr \(range): is too small; cluster DNS has its tenth address")
        }
        for range in clusterIPRanges where range.family == .ipv6 && range.length < 108 {
            throw LabError("--service-cidr \(range): must be a /108 or smaller, as upstream has it")
        }
        guard 0...199 ~= lostOf200 else { throw LabError("--loss: must be 0% to 99.5%") }
        if let mtu {
            // IPv6 needs 1280, and the overlay takes up to 80 of it.
            guard 1360...9000 ~= mtu else {
                throw LabError("--mtu \(mtu): must be 1360 to 9000, for an overlay whose pods can speak IPv6")
            }
        }
        guard 0...10_000 ~= delayMilliseconds else { throw LabError("--delay: must be 0ms to 10s") }
        guard 4...3600 ~= nodeGraceSeconds else {
            throw LabError("--node-monitor-grace-period \(nodeGraceSeconds): must be 4 to 3600 seconds")
        }
    }

    /// Refuses what cannot be a lab's name.
    public static func check(name: String) throws(LabError) {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard isPlain, 1...nameLimit ~= name.utf8.count, !name.hasPrefix("-"), !name.hasSuffix("-") else {
            throw LabError("--name \(name): must be 1 to \(nameLimit) of a-z, 0-9 and '-', with no '-' at its ends")
        }
    }

    /// Reads a share of packets, such as `5%` or `0.5%`, as so many of 200.
    public static func lostOf200(_ text: String) throws(LabError) -> Int {
        let number = text.hasSuffix("%") ? text.dropLast() : text[...]
        guard let percent = Double(number), percent.isFinite, 0...99.5 ~= percent,
            (percent * 2).rounded() == percent * 2
        else { throw LabError("--loss \(text): must be 0% to 99.5%, in steps of half a percent") }
        return Int(percent * 2)
    }

    /// Reads a time, such as `20ms` or `1s`, in milliseconds.
    public static func milliseconds(_ text: String) throws(LabError) -> Int {
        let refusal = LabError("--delay \(text): must be 0ms to 10s, such as 20ms")
        let (digits, factor) =
            if text.hasSuffix("ms") { (text.dropLast(2), 1) } else if text.hasSuffix("s") {
                (text.dropLast(1), 1000)
            } else {
                throw refusal
            }
        guard let number = Int(digits), 0...10_000 / factor ~= number else { throw refusal }
        return number * factor
    }
}
