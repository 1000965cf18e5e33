import Glibc

/// A point of civil time (`CLOCK_REALTIME`), for what people and other programs read: log lines, status answers,
/// timestamps in metrics. Durations are measured with ``MonotonicTime``.
public struct WallTime: Sendable, Hashable, Comparable {
    /// Nanoseconds since 1970-01-01T00:00:00Z; reaches to the year 2262.
    public var nanosecondsSinceEpoch: Int64

    /// The time so many nanoseconds after the epoch.
    public init(nanosecondsSinceEpoch: Int64) {
        self.nanosecondsSinceEpoch = nanosecondsSinceEpoch
    }

    /// The current time.
    public static func now() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(nanosecondsSinceEpoch: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Seconds since the epoch, as metrics carry them.
    public var secondsSinceEpoch: Double { Double(nanosecondsSinceEpoch) / 1e9 }

    /// Earlier before later.
    public static func < (left: WallTime, right: WallTime) -> Bool {
        left.nanosecondsSinceEpoch < right.nanosecondsSinceEpoch
    }
}

extension WallTime: CustomStringConvertible {
    /// RFC 3339 in UTC with as many fractional digits as it takes, as Go's `time.RFC3339Nano` prints:
    /// `2026-11-21T10:13:46.60500343Z`.
    public var description: String {
        let fields = civilFields
        var text = "\(padded(fields.year, 4))-\(padded(fields.month, 2))-\(padded(fields.day, 2))"
        text += "T\(padded(fields.hour, 2)):\(padded(fields.minute, 2)):\(padded(fields.second, 2))"
        if fields.nanosecond > 0 {
            var fraction = padded(fields.nanosecond, 9)
            while fraction.hasSuffix("0") { fraction.removeLast() }
            text += ".\(fraction)"
        }
        return text + "Z"
    }

    /// Year to nanosecond in UTC (proleptic Gregorian calendar).
    struct CivilFields: Equatable {
        var year, month, day, hour, minute, second, nanosecond: Int
    }

    var civilFields: CivilFields {
        let perDay: Int64 = 86_400_000_000_000
        let days = Int((nanosecondsSinceEpoch - (nanosecondsSinceEpoch % perDay + perDay) % perDay) / perDay)
        let nanosecondOfDay = Int((nanosecondsSinceEpoch % perDay + perDay) % perDay)
        // Counted from 0000-03-01, so that the leap day ends the year, in eras of 400 years = 146,097 days.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return CivilFields(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
            month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1,
            hour: nanosecondOfDay / 3_600_000_000_000,
            minute: nanosecondOfDay / 60_000_000_000 % 60,
            second: nanosecondOfDay / 1_000_000_000 % 60,
            nanosecond: nanosecondOfDay % 1_000_000_000
        )
    }
}

/// The number in decimal with leading zeros up to that width.
func padded(_ number: Int, _ width: Int, with fill: Character = "0") -> String {
    let digits = String(number)
    return String(repeating: fill, count: max(0, width - digits.count)) + digits
}
