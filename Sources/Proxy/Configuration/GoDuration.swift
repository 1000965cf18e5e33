/// A duration as Go writes it (`time.ParseDuration`, `Duration.String`): the form of Kubernetes' files and flags.
///
/// Printed with the units it needs, largest first: `1h0m0s`, `30s`, `1.5s`, `250ms`, `0s`.
public struct GoDuration: Sendable, Hashable, LosslessStringConvertible {
    /// Its length.
    public var duration: Duration

    /// A duration of that length.
    public init(_ duration: Duration) {
        self.duration = duration
    }

    /// Parses `[-+]?([0-9]*(\.[0-9]*)?[a-z]+)+` with the units ns, us, µs, ms, s, m and h; `0` needs none.
    ///
    /// Nil for anything else, and where it does not fit in 64 bits of nanoseconds, as in Go.
    public init?(_ text: String) {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        if rest == "0" {
            self.init(.zero)
            return
        }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            guard let part = Self.takePart(from: &rest) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = sum
        }
        self.init(.nanoseconds(isNegative ? -total : total))
    }

    /// Takes `number unit` off the front and returns it in nanoseconds.
    private static func takePart(from rest: inout Substring) -> Int64? {
        let whole = takeDigits(from: &rest)
        var fraction: Substring = ""
        if rest.first == "." {
            rest.removeFirst()
            fraction = takeDigits(from: &rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        let unit = rest.prefix { $0 != "." && !("0"..."9").contains($0) }
        guard let scale = nanosecondsPerUnit[String(unit)] else { return nil }
        rest.removeFirst(unit.count)
        guard let number = whole.isEmpty ? 0 : Int64(whole) else { return nil }
        var (part, overflow) = number.multipliedReportingOverflow(by: scale)
        guard !overflow else { return nil }
        var digitScale = scale
        for digit in fraction.utf8 where digitScale > 1 {
            // Digits below a nanosecond are dropped, and so are the tenths of a scale that is not a multiple of ten.
            let value = Int64(digit - UInt8(ascii: "0")) * digitScale / 10
            (part, overflow) = part.addingReportingOverflow(value)
            guard !overflow else { return nil }
            digitScale /= 10
        }
        return part
    }

    private static func takeDigits(from rest: inout Substring) -> Substring {
        let digits = rest.prefix { ("0"..."9").contains($0) }
        rest.removeFirst(digits.count)
        return digits
    }

    private static let nanosecondsPerUnit: [String: Int64] = [
        "ns": 1, "us": 1_000, "\u{b5}s": 1_000, "\u{3bc}s": 1_000, "ms": 1_000_000, "s": 1_000_000_000,
        "m": 60_000_000_000, "h": 3_600_000_000_000,
    ]

    /// As Go prints it.
    public var description: String {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = attoseconds / 1_000_000_000
        if seconds == 0, nanoseconds == 0 { return "0s" }
        if seconds < 0 || nanoseconds < 0 { return "-\(GoDuration(.zero - duration))" }
        if seconds == 0 {
            if nanoseconds < 1_000 { return "\(nanoseconds)ns" }
            if nanoseconds < 1_000_000 { return Self.decimal(nanoseconds, digits: 3) + "\u{b5}s" }
            return Self.decimal(nanoseconds, digits: 6) + "ms"
        }
        var text = Self.decimal(seconds % 60 * 1_000_000_000 + nanoseconds, digits: 9) + "s"
        if seconds >= 60 { text = "\(seconds / 60 % 60)m" + text }
        if seconds >= 3_600 { text = "\(seconds / 3_600)h" + text }
        return text
    }

    /// `number / 10^digits` without trailing zeros.
    private static func decimal(_ number: Int64, digits: Int) -> String {
        var scale: Int64 = 1
        for _ in 0..<digits { scale *= 10 }
        var fraction = String(number % scale)
        fraction = String(repeating: "0", count: digits - fraction.count) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return fraction.isEmpty ? "\(number / scale)" : "\(number / scale).\(fraction)"
    }
}
