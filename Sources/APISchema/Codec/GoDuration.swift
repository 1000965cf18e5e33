/// Go's text for a span of time, such as `1h15m30.5s`. Source: `time.ParseDuration`.
enum GoDuration {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12),
    ]

    /// The nanoseconds of a text; nil where it is none, or more than 64 bits.
    static func nanoseconds(_ text: String) -> Int64? {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if let sign = rest.first, sign == "-" || sign == "+" { rest.removeFirst() }
        if rest == "0" { return 0 }
        guard !rest.isEmpty else { return nil }
        var sum = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let value = Double(number) else { return nil }
            rest.removeFirst(number.count)
            let name = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            guard let unit = units.first(where: { $0.name == name }) else { return nil }
            rest.removeFirst(name.count)
            sum += value * unit.nanoseconds
        }
        return Int64(exactly: (isNegative ? -sum : sum).rounded(.towardZero))
    }

    /// The text of these nanoseconds.
    static func text(nanoseconds: Int64) -> String {
        guard nanoseconds != 0 else { return "0s" }
        let sign = nanoseconds < 0 ? "-" : ""
        let total = nanoseconds.magnitude
        func decimal(_ unit: UInt64) -> String {
            let fraction = String(total % unit + unit).dropFirst()
            let digits = fraction.reversed().drop { $0 == "0" }.reversed()
            return "\(total / unit)" + (digits.isEmpty ? "" : ".\(String(digits))")
        }
        if total < 1_000 { return "\(sign)\(total)ns" }
        if total < 1_000_000 { return "\(sign)\(decimal(1_000))µs" }
        if total < 1_000_000_000 { return "\(sign)\(decimal(1_000_000))ms" }
        let minute: UInt64 = 60_000_000_000
        let rest = total % minute
        let fraction = String(rest % 1_000_000_000 + 1_000_000_000).dropFirst().reversed().drop { $0 == "0" }.reversed()
        let seconds = "\(rest / 1_000_000_000)" + (fraction.isEmpty ? "" : ".\(String(fraction))") + "s"
        let minutes = total / minute
        if minutes == 0 { return sign + seconds }
        return minutes < 60 ? "\(sign)\(minutes)m\(seconds)" : "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }
}
