// The Prometheus text format 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

extension String {
    /// Appends one line `name{label="value",…} value`.
    mutating func appendSample(_ name: String, _ labels: [(name: String, value: String)] = [], value: String) {
        self += name
        if !labels.isEmpty {
            self += "{"
            for (index, label) in labels.enumerated() {
                if index > 0 { self += "," }
                self += "\(label.name)=\"\(label.value.escapedForLabel)\""
            }
            self += "}"
        }
        self += " \(value)\n"
    }

    /// Appends the cumulated buckets, the sum and the count of a histogram.
    mutating func appendSamples(_ name: String, _ labels: [(name: String, value: String)], of histogram: Histogram) {
        let reading = histogram.current
        var cumulated: UInt64 = 0
        for (index, count) in reading.counts.enumerated() {
            cumulated += count
            let bound = index < histogram.bounds.count ? histogram.bounds[index].exposition : "+Inf"
            appendSample("\(name)_bucket", labels + [(name: "le", value: bound)], value: String(cumulated))
        }
        appendSample("\(name)_sum", labels, value: reading.sum.exposition)
        appendSample("\(name)_count", labels, value: String(reading.count))
    }

    /// Backslash and line feed escaped.
    var escapedForHelp: String {
        escaped { $0 == "\\" ? "\\\\" : $0 == "\n" ? "\\n" : nil }
    }

    /// Backslash, line feed and double quote escaped.
    var escapedForLabel: String {
        escaped { $0 == "\\" ? "\\\\" : $0 == "\n" ? "\\n" : $0 == "\"" ? "\\\"" : nil }
    }

    private func escaped(_ replacement: (Unicode.Scalar) -> String?) -> String {
        var text = ""
        for scalar in unicodeScalars {
            if let replacement = replacement(scalar) { text += replacement } else { text.unicodeScalars.append(scalar) }
        }
        return text
    }

    /// Whether it matches `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    var isMetricName: Bool {
        guard let first = utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"): true
            default: false
            }
        }
    }
}

extension Double {
    /// The number as the format wants it: `1`, `0.25`, `1e-05`, `+Inf`, `-Inf`, `NaN`.
    var exposition: String {
        if isNaN { return "NaN" }
        if isInfinite { return self < 0 ? "-Inf" : "+Inf" }
        if self == rounded(), magnitude < 1e15 { return String(Int64(self)) }
        return description
    }
}
