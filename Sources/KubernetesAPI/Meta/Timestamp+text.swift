extension Timestamp: LosslessStringConvertible {
    /// Reads RFC 3339 as Go's `time.Parse(time.RFC3339, …)` does: `2026-11-21T10:13:40Z`, `…40.25+01:00`.
    ///
    /// Nil for anything else, for days that do not exist, and for leap seconds. Digits after the ninth are dropped.
    public init?(_ text: String) {
        var digits = DigitReader(bytes: Array(text.utf8))
        guard
            let year = digits.number(4), digits.skip("-"), let month = digits.number(2), digits.skip("-"),
            let day = digits.number(2), digits.skip("T"), let hour = digits.number(2), digits.skip(":"),
            let minute = digits.number(2), digits.skip(":"), let second = digits.number(2),
            let fraction = digits.fraction(), let zone = digits.zone(), digits.isAtEnd,
            (1...12).contains(month), day >= 1, day <= Self.dayCount(ofMonth: month, year: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        let days = Self.dayNumber(year: year, month: month, day: day)
        self.init(
            seconds: Int64(days * 86_400 + hour * 3_600 + minute * 60 + second - zone),
            nanoseconds: Int64(fraction)
        )
    }

    /// RFC 3339 in UTC, with as many digits after the second as are needed: Go's `time.RFC3339Nano`.
    public var description: String {
        guard nanoseconds != 0 else { return text(fraction: "") }
        var fraction = Self.padded(Int(nanoseconds), to: 9)
        while fraction.last == "0" { fraction.removeLast() }
        return text(fraction: ".\(fraction)")
    }

    /// RFC 3339 in UTC with six digits after the second, as the API has it for `MicroTime`; more precise digits are
    /// dropped.
    public var microsecondDescription: String {
        text(fraction: ".\(Self.padded(Int(nanoseconds) / 1_000, to: 6))")
    }

    /// Whole seconds, as `metadata` and most of a status has times: `2026-11-21T10:13:40Z`.
    public var secondDescription: String { text(fraction: "") }

    private func text(fraction: String) -> String {
        var (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        if rest < 0 {  // before 1970 the time of day counts up, too
            rest += 86_400
            days -= 1
        }
        let time = Int(rest)
        let (year, month, day) = Self.date(dayNumber: Int(days))
        let date = "\(Self.padded(year, to: 4))-\(Self.padded(month, to: 2))-\(Self.padded(day, to: 2))"
        let clock = [time / 3_600, time / 60 % 60, time % 60].map { Self.padded($0, to: 2) }
        return "\(date)T\(clock.joined(separator: ":"))\(fraction)Z"
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number.magnitude)
        let zeros = String(repeating: "0", count: max(0, width - digits.count))
        return (number < 0 ? "-" : "") + zeros + digits
    }

    // MARK: Calendar

    private static func dayCount(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    // Years are counted from March, so that the leap day is the last day of a year; 400 years ("an era") have
    // 146,097 days, and 719,468 days lie between 0000-03-01 and 1970-01-01.

    private static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        let marchYear = month > 2 ? year : year - 1
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func date(dayNumber: Int) -> (year: Int, month: Int, day: Int) {
        let days = dayNumber + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = (marchMonth + 2) % 12 + 1
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1
        )
    }
}

/// Reads the parts of an RFC 3339 text one after the other.
private struct DigitReader {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    private mutating func digit() -> Int? {
        guard position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) else {
            return nil
        }
        defer { position += 1 }
        return Int(bytes[position] - UInt8(ascii: "0"))
    }

    /// A number of exactly so many digits.
    mutating func number(_ count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// `.` and digits as nanoseconds; 0 where there are none.
    mutating func fraction() -> Int? {
        guard skip(".") else { return 0 }
        guard var value = digit() else { return nil }
        var count = 1
        while let digit = digit() {
            if count < 9 {
                value = value * 10 + digit
                count += 1
            }
        }
        while count < 9 {
            value *= 10
            count += 1
        }
        return value
    }

    /// `Z` or an offset, in seconds east of UTC.
    mutating func zone() -> Int? {
        if skip("Z") { return 0 }
        let sign = skip("+") ? 1 : -1
        guard sign == 1 || skip("-") else { return nil }
        guard let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 3_600 + minutes * 60)
    }
}
