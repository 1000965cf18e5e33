import JSON

/// An amount of a resource, such as `500m` of a processor or `1Gi` of memory.
///
/// Kept as billionths, rounded up; what is more than about 10^19 is that. Source:
/// `k8s.io/apimachinery/pkg/api/resource/quantity.go`.
struct ResourceQuantity: Comparable {
    /// How the amount was written, and is written again.
    enum Format {
        /// With suffixes for powers of 1000.
        case decimal
        /// With suffixes for powers of 1024.
        case binary
        /// With an exponent of ten.
        case exponent
    }

    /// The amount in billionths.
    let billionths: Int128
    private let format: Format

    private static let one: Int128 = 1_000_000_000
    private static let limit: Int128 = Int128(Int64.max) * one
    private static let decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
    private static let binarySuffixes = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]

    static func < (left: ResourceQuantity, right: ResourceQuantity) -> Bool { left.billionths < right.billionths }
    static func == (left: ResourceQuantity, right: ResourceQuantity) -> Bool { left.billionths == right.billionths }

    /// Reads an amount, a string or a number; nil for anything else.
    init?(_ json: JSONValue?) {
        switch json {
        case .string(let text): self.init(text)
        case .number(let text): self.init(text)
        default: return nil
        }
    }

    /// Reads an amount.
    init?(_ text: String) {
        // Nothing sensible is longer, and what is would only be a lot of work.
        guard text.utf8.count <= 64 else { return nil }
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
        let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        rest = rest[number.endIndex...]
        let halves = number.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(halves.count), halves.contains(where: { !$0.isEmpty }) else { return nil }
        guard let (scale, format) = Self.scale(of: rest) else { return nil }
        self.format = format
        let magnitude = Self.magnitude(
            digits: halves.joined().utf8.map { Int128($0) - 48 },
            fractionCount: halves.count == 2 ? halves[1].utf8.count : 0,
            scale: scale
        )
        billionths = isNegative ? -magnitude : magnitude
    }

    private enum Scale {
        case power(ofTen: Int)
        case binary(exponent: Int)
    }

    private static func scale(of suffix: Substring) -> (Scale, Format)? {
        if let position = decimalSuffixes.firstIndex(of: String(suffix)) {
            return (.power(ofTen: position * 3 - 9), .decimal)
        }
        if let position = binarySuffixes.firstIndex(of: String(suffix)) {
            return (.binary(exponent: (position + 1) * 10), .binary)
        }
        guard suffix.first == "e" || suffix.first == "E", let exponent = Int(suffix.dropFirst()) else { return nil }
        return (.power(ofTen: min(max(exponent, -100), 100)), .exponent)
    }

    /// The number in billionths, rounded up, at most the limit.
    private static func magnitude(digits: [Int128], fractionCount: Int, scale: Scale) -> Int128 {
        // The number is digits * 10^power (* 2^bits); all of it fits as long as it is below the limit times 10.
        var value: Int128 = 0
        var (power, bits) = (9 - fractionCount, 0)
        switch scale {
        case .power(let ofTen): power += ofTen
        case .binary(let exponent): bits = exponent
        }
        var isCut = false
        for digit in digits {
            if value > limit {
                // Further digits only count their place.
                power += 1
                isCut = isCut || digit != 0
            } else {
                value = value * 10 + digit
            }
        }
        if value == 0 { return 0 }
        // Divided first where there is something to divide by, then multiplied; binary suffixes at last.
        if bits > 0, power < 0 {
            // Powers of two before those of ten, so that nothing is lost: 0.5Gi is a whole number of bytes.
            (value, bits) = multiplied(value, byPowerOfTwo: bits)
        }
        while power < 0 {
            isCut = isCut || value % 10 != 0
            value /= 10
            power += 1
        }
        while power > 0 {
            if value > limit { return limit }
            value *= 10
            power -= 1
        }
        (value, bits) = multiplied(value, byPowerOfTwo: bits)
        if isCut { value += 1 }
        return min(value, limit)
    }

    private static func multiplied(_ value: Int128, byPowerOfTwo bits: Int) -> (Int128, Int) {
        let (product, overflow) = value.multipliedReportingOverflow(by: Int128(1) << bits)
        return (overflow ? limit : min(product, limit * one), 0)
    }

    /// Whether it is a whole number of the resource's unit.
    var isWhole: Bool { billionths % Self.one == 0 }

    /// The amount as API servers write it: the largest suffix that leaves a whole number.
    var text: String {
        let sign = billionths < 0 ? "-" : ""
        let magnitude = billionths.magnitude
        let one = UInt128(Self.one)
        if format == .binary, magnitude >= 1_024 * one {
            var (value, exponent) = (magnitude / one + (magnitude % one == 0 ? 0 : 1), 0)
            while value % 1_024 == 0, exponent < Self.binarySuffixes.count {
                value /= 1_024
                exponent += 1
            }
            return "\(sign)\(value)\(exponent == 0 ? "" : Self.binarySuffixes[exponent - 1])"
        }
        if magnitude == 0 { return "0" }
        var (value, position) = (magnitude, 0)
        while value % 1_000 == 0, position < Self.decimalSuffixes.count - 1 {
            value /= 1_000
            position += 1
        }
        guard format == .exponent else { return "\(sign)\(value)\(Self.decimalSuffixes[position])" }
        let exponent = position * 3 - 9
        return exponent == 0 ? "\(sign)\(value)" : "\(sign)\(value)e\(exponent)"
    }
}

extension JSONValue {
    /// Writes the amounts of a list of resources (`limits`, `capacity`) as API servers do.
    mutating func writeQuantities() {
        guard case .object(let members) = self else { return }
        for member in members {
            guard let quantity = ResourceQuantity(member.value) else { continue }
            self[member.name] = .string(quantity.text)
        }
    }
}
