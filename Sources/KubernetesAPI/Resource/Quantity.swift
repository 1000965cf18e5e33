/// An amount of a resource, such as `250m`, `1.5`, `128Mi` or `1e3`.
///
/// Grammar: `k8s.io/apimachinery/pkg/api/resource` `Quantity`. Held in thousandths; smaller fractions are rounded up
/// and amounts beyond 2^63 thousandths end there.
public struct Quantity: Sendable, Hashable, Comparable {
    /// The amount in thousandths, rounded up.
    public let thousandths: Int64

    /// The amount in whole units, rounded up.
    public var wholeUnits: Int64 {
        let (quotient, remainder) = thousandths.quotientAndRemainder(dividingBy: 1000)
        return remainder > 0 ? quotient + 1 : quotient
    }

    /// An amount of so many thousandths.
    public init(thousandths: Int64) {
        self.thousandths = thousandths
    }

    /// Reads an amount; nil where the text is none.
    public init?(_ text: String) {
        var rest = text.utf8[...]
        var isNegative = false
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        var digits: [UInt8] = []
        var fractionDigits = 0
        var sawPoint = false
        var sawDigit = false
        while let byte = rest.first {
            if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
                sawDigit = true
                digits.append(byte - UInt8(ascii: "0"))
                if sawPoint { fractionDigits += 1 }
            } else if byte == UInt8(ascii: "."), !sawPoint {
                sawPoint = true
            } else {
                break
            }
            rest = rest.dropFirst()
        }
        guard sawDigit, digits.count <= 64, let scale = Self.scale(String(decoding: rest, as: UTF8.self)) else {
            return nil
        }
        guard let amount = Self.amount(digits, fractionDigits: fractionDigits, scale: scale) else { return nil }
        thousandths = isNegative ? -amount : amount
    }

    private enum Scale {
        /// 10 to this power.
        case decimal(Int)
        /// 2 to this power.
        case binary(Int)
    }

    private static func scale(_ suffix: String) -> Scale? {
        switch suffix {
        case "": return .decimal(0)
        case "n": return .decimal(-9)
        case "u": return .decimal(-6)
        case "m": return .decimal(-3)
        case "k": return .decimal(3)
        case "M": return .decimal(6)
        case "G": return .decimal(9)
        case "T": return .decimal(12)
        case "P": return .decimal(15)
        case "E": return .decimal(18)
        case "Ki": return .binary(10)
        case "Mi": return .binary(20)
        case "Gi": return .binary(30)
        case "Ti": return .binary(40)
        case "Pi": return .binary(50)
        case "Ei": return .binary(60)
        default:
            guard suffix.first == "e" || suffix.first == "E", let exponent = Int(suffix.dropFirst()),
                (-30...30).contains(exponent)
            else { return nil }
            return .decimal(exponent)
        }
    }

    /// The thousandths, rounded up; nil never: what is too large ends at the largest number.
    private static func amount(_ digits: [UInt8], fractionDigits: Int, scale: Scale) -> Int64? {
        var power = 3 - fractionDigits
        var value: UInt128 = 0
        let limit = UInt128(Int64.max)
        var isCut = false
        for digit in digits {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow, product <= UInt128.max - UInt128(digit) else {
                isCut = true
                break
            }
            value = product + UInt128(digit)
        }
        if isCut { return Int64.max }
        switch scale {
        case .decimal(let exponent): power += exponent
        case .binary(let bits):
            let (product, overflow) = value.multipliedReportingOverflow(by: UInt128(1) << UInt128(bits))
            guard !overflow else { return Int64.max }
            value = product
        }
        while power > 0 {
            guard value <= limit else { return Int64.max }
            value *= 10
            power -= 1
        }
        var roundsUp = false
        while power < 0 {
            let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
            roundsUp = roundsUp || remainder > 0
            value = quotient
            power += 1
        }
        if roundsUp { value += 1 }
        return Int64(min(value, limit))
    }

    /// Less before more.
    public static func < (left: Quantity, right: Quantity) -> Bool { left.thousandths < right.thousandths }
}
