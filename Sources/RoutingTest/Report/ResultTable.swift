/// Results as lines for people.
public struct ResultTable: Sendable {
    private let usesColor: Bool

    /// - Parameter usesColor: Whether marks are green and red, by ANSI's escape sequences.
    public init(usesColor: Bool = false) {
        self.usesColor = usesColor
    }

    /// A file's table: a line for each flow, and what is different under those that are wrong.
    public func text(_ result: FileResult) -> String {
        var lines = [result.file]
        let width = min(result.flows.map(\.title.count).max() ?? 0, 60)
        for flow in result.flows {
            if let reason = flow.skipReason {
                lines.append("  - \(flow.title)  skipped: \(reason)")
                continue
            }
            let padding = String(repeating: " ", count: max(0, width - flow.title.count))
            let words = flow.isRight ? flow.seen : flow.differences.joined(separator: "; ")
            lines.append("  \(mark(flow.isRight)) \(flow.title)\(padding)  \(words)")
            guard !flow.isRight else { continue }
            if !flow.name.isEmpty { lines.append("      shows     \(flow.name)") }
            lines.append("      expected  \(flow.expected)  (\(flow.file):\(flow.line))")
            lines.append("      seen      \(flow.seen)")
            lines += flow.explanation.map { "      \($0)" }
        }
        if let failure = result.failure {
            lines += failure.split(separator: "\n").enumerated()
                .map { $0.offset == 0 ? "  \(mark(false)) \($0.element)" : "    \($0.element)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The line at the end: how many flows of how many files were right.
    public func summary(_ results: [FileResult], duration: Duration) -> String {
        let all = results.flatMap(\.flows)
        let flows = all.filter { $0.skipReason == nil }
        let wrong = flows.count { !$0.isRight }
        let failed = results.count { $0.failure != nil }
        let connections = flows.reduce(0) { $0 + $1.connections }
        var parts = ["\(flows.count - wrong) of \(flows.count) flows right"]
        if wrong > 0 { parts.append("\(wrong) wrong") }
        if all.count > flows.count { parts.append("\(all.count - flows.count) skipped") }
        if failed > 0 { parts.append("\(failed) of \(results.count) files could not be run") }
        let text = "\(parts.joined(separator: ", ")): \(connections) connections in \(Self.seconds(duration)) s"
        return "\(mark(wrong == 0 && failed == 0)) \(text)\n"
    }

    private func mark(_ isRight: Bool) -> String {
        let mark = isRight ? "✔" : "✘"
        return usesColor ? "\u{1b}[\(isRight ? 32 : 31)m\(mark)\u{1b}[0m" : mark
    }

    /// Seconds with two digits after the point.
    static func seconds(_ duration: Duration) -> String {
        let hundredths = duration / .milliseconds(10)
        let whole = Int(max(0, min(hundredths, 1e12)))
        let rest = whole % 100
        return "\(whole / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
