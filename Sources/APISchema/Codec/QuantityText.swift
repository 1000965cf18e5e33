/// Amounts of resources as text: `500m`, `1536Mi`, `2e3`.
///
/// Source: `k8s.io/apimachinery/pkg/api/resource/quantity.go`.
enum QuantityText {
    /// The powers of ten that have suffixes, from 10⁻⁹ on.
    private static let decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
    /// The powers of 1024 that have suffixes.
    private static let binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]

    /// How the suffix is written.
    private enum Form {
        case decimal, binary, exponent
    }

    /// A text in upstream's canonical form: no fraction, and the largest suffix that leaves none. Amounts with more
    /// than 128 bits stay as they are written.
    static func canonical(_ text: String) -> Result<String, ScalarText.Failure> {
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest.removeFirst() }
        let number = rest.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
        let suffix = String(decoding: rest.dropFirst(number.count), as: UTF8.self)
        guard number.contains(where: isDigit), number.filter({ !isDigit($0) }).count <= 1 else {
            return .failure(
                ScalarText.Failure(
                    words: "quantities must match the regular expression "
                        + "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
                )
            )
        }
        let fraction = number.firstIndex(of: UInt8(ascii: ".")).map { number.endIndex - $0 - 1 } ?? 0
        guard let (form, exponent) = interpret(suffix) else {
            return .failure(ScalarText.Failure(words: "unable to parse quantity's suffix"))
        }
        let digits = String(decoding: number.filter(isDigit), as: UTF8.self)
        guard let mantissa = UInt128(digits), fraction <= 1_000,
            let result = write(mantissa, fraction: fraction, form, exponent)
        else { return .success(text) }
        return .success(isNegative && mantissa != 0 ? "-\(result)" : result)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    /// The exponent of a suffix: of ten, or of 1024.
    private static func interpret(_ suffix: String) -> (Form, Int)? {
        if let index = decimalSuffixes.firstIndex(of: suffix) { return (.decimal, index * 3 - 9) }
        if let index = binarySuffixes.firstIndex(of: suffix) { return (.binary, index) }
        guard let first = suffix.utf8.first, first == UInt8(ascii: "e") || first == UInt8(ascii: "E"),
            let exponent = Int(suffix.dropFirst()), (-1_000...1_000).contains(exponent)
        else { return nil }
        return (.exponent, exponent)
    }

    /// nil where it does not fit.
    private static func write(_ mantissa: UInt128, fraction: Int, _ form: Form, _ exponent: Int) -> String? {
        guard mantissa != 0 else { return "0" }
        guard form == .binary else { return decimal(mantissa, exponent: exponent - fraction, form) }
        let (value, overflow) = mantissa.multipliedReportingOverflow(by: 1 << (10 * UInt128(exponent)))
        guard !overflow, let divisor = power(of: 10, fraction) else { return nil }
        guard value >= divisor * 1024 else { return decimal(value, exponent: -fraction, .decimal) }
        var whole = value / divisor + (value % divisor == 0 ? 0 : 1)
        var index = 0
        while whole % 1024 == 0, index + 1 < binarySuffixes.count {
            whole /= 1024
            index += 1
        }
        return "\(whole)\(binarySuffixes[index])"
    }

    private static func decimal(_ mantissa: UInt128, exponent: Int, _ form: Form) -> String? {
        var mantissa = mantissa
        var exponent = exponent
        while mantissa % 10 == 0 {
            mantissa /= 10
            exponent += 1
        }
        // Amounts are not finer than 10⁻⁹: rounded up, as what is asked for must fit.
        while exponent < -9 {
            mantissa = mantissa / 10 + (mantissa % 10 == 0 ? 0 : 1)
            exponent += 1
        }
        while mantissa % 10 == 0 {
            mantissa /= 10
            exponent += 1
        }
        while exponent % 3 != 0 || exponent > 18 && form == .decimal {
            let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            mantissa = product
            exponent -= 1
        }
        if form == .exponent { return exponent == 0 ? "\(mantissa)" : "\(mantissa)e\(exponent)" }
        return "\(mantissa)\(decimalSuffixes[exponent / 3 + 3])"
    }

    private static func power(of base: UInt128, _ exponent: Int) -> UInt128? {
        var result: UInt128 = 1
        for _ in 0..<exponent {
            let (product, overflow) = result.multipliedReportingOverflow(by: base)
            // The caller multiplies by 1024 once more.
            guard !overflow, product < UInt128.max / 1024 else { return nil }
            result = product
        }
        return result
    }
}
