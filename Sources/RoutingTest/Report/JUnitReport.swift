/// Results as JUnit XML, which build servers read: a `testsuite` for each file, a `testcase` for each flow.
public enum JUnitReport {
    /// The document.
    public static func text(_ results: [FileResult]) -> String {
        var lines = [#"<?xml version="1.0" encoding="UTF-8"?>"#]
        let duration = results.reduce(Duration.zero) { $0 + $1.duration }
        let flows = results.flatMap(\.flows)
        let errors = results.count { $0.failure != nil }
        lines.append(
            "<testsuites name=\"trama test\" tests=\"\(flows.count + errors)\" failures=\"\(flows.count { !$0.isRight })\""
                + " errors=\"\(errors)\" time=\"\(ResultTable.seconds(duration))\">"
        )
        for result in results { lines += suite(result) }
        lines.append("</testsuites>")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func suite(_ result: FileResult) -> [String] {
        let errors = result.failure == nil ? 0 : 1
        let file = escape(result.file)
        var lines = [
            "  <testsuite name=\"\(file)\" tests=\"\(result.flows.count + errors)\""
                + " failures=\"\(result.flows.count { !$0.isRight })\" errors=\"\(errors)\" skipped=\"\(result.flows.count { $0.skipReason != nil })\""
                + " time=\"\(ResultTable.seconds(result.duration))\">"
        ]
        for flow in result.flows {
            let name = flow.name.isEmpty ? flow.title : "\(flow.title) (\(flow.name))"
            let start =
                "    <testcase classname=\"\(file)\" name=\"\(escape(name))\" file=\"\(escape(flow.file))\""
                + " line=\"\(flow.line)\" time=\"\(ResultTable.seconds(flow.duration))\""
            if let reason = flow.skipReason {
                lines.append("\(start)><skipped message=\"\(escape(reason))\"/></testcase>")
                continue
            }
            guard !flow.isRight else {
                lines.append("\(start)/>")
                continue
            }
            let details = ["expected  \(flow.expected)", "seen      \(flow.seen)"] + flow.explanation
            lines.append("\(start)>")
            lines.append("      <failure message=\"\(escape(flow.differences.joined(separator: "; ")))\">")
            lines.append(escape(details.joined(separator: "\n")))
            lines.append("      </failure>")
            lines.append("    </testcase>")
        }
        if let failure = result.failure {
            let message = failure.split(separator: "\n").first.map(String.init) ?? ""
            lines.append("    <testcase classname=\"\(file)\" name=\"the cluster starts\">")
            lines.append("      <error message=\"\(escape(message))\">")
            lines.append(escape(failure))
            lines.append("      </error>")
            lines.append("    </testcase>")
        }
        lines.append("  </testsuite>")
        return lines
    }

    /// A text as XML may hold it, also in attributes.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n", "\t": escaped.unicodeScalars.append(scalar)
            // XML 1.0 has no way to write the other control characters.
            case _ where scalar.value < 0x20 || scalar.value == 0x7f || (0xfffe...0xffff).contains(scalar.value):
                escaped += "\u{fffd}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
