import KubernetesAPI

/// How long ago, as tables tell it: `63s`, `5m10s`, `3h`, `2d4h`, `2y10d`.
///
/// Source: `k8s.io/apimachinery/pkg/util/duration/duration.go`.
enum HumanDuration {
    /// The text of a time span in whole seconds, which are rounded down.
    static func text(seconds: Int64) -> String {
        // A clock that is a little behind shows nothing odd.
        if seconds < -1 { return "<invalid>" }
        if seconds < 0 { return "0s" }
        let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400)
        switch seconds {
        case ..<120: return "\(seconds)s"
        case ..<600: return pair(minutes, "m", seconds % 60, "s")
        case ..<10_800: return "\(minutes)m"
        case ..<28_800: return pair(hours, "h", minutes % 60, "m")
        case ..<172_800: return "\(hours)h"
        case ..<691_200: return pair(days, "d", hours % 24, "h")
        case ..<63_072_000: return "\(days)d"
        case ..<252_288_000: return pair(days / 365, "y", days % 365, "d")
        default: return "\(days / 365)y"
        }
    }

    /// How long before `now` a time is, as it stands in an object; `<unknown>` where it is none.
    static func text(since time: String, now: Timestamp) -> String {
        guard let time = Timestamp(time) else { return "<unknown>" }
        return text(seconds: time.duration(to: now).components.seconds)
    }

    private static func pair(_ whole: Int64, _ unit: String, _ rest: Int64, _ restUnit: String) -> String {
        rest == 0 ? "\(whole)\(unit)" : "\(whole)\(unit)\(rest)\(restUnit)"
    }
}
