extension WallTime {
    /// The fixed form of HTTP dates (RFC 9110, 5.6.7): `Sat, 21 Nov 2026 10:13:46 GMT`.
    var httpDate: String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]  // 1970-01-01 was a Thursday
        let fields = civilFields
        let days = Int((nanosecondsSinceEpoch - Int64(fields.nanosecond)) / 1_000_000_000) / 86_400
        return "\(weekdays[(days % 7 + 7) % 7]), \(padded(fields.day, 2)) \(months[fields.month - 1]) \(fields.year)"
            + " \(padded(fields.hour, 2)):\(padded(fields.minute, 2)):\(padded(fields.second, 2)) GMT"
    }
}
