import Glibc

/// Prints the table, line by line as results come.
enum Report {
    /// Width of the first column.
    private static let labelWidth = 64

    /// Begins a section.
    static func section(_ title: String, columns: [String] = ["min ms", "median ms", "max ms"]) {
        line()
        line(title)
        row("", columns)
        line(String(repeating: "-", count: labelWidth + columns.count * 12))
    }

    /// A line of least, middle and greatest.
    static func row(_ label: String, _ samples: Samples) {
        row(label, [samples.minimum, samples.median, samples.maximum].map { $0.text(3) })
    }

    /// A line of percentiles, in microseconds.
    static func percentiles(_ label: String, _ samples: Samples) {
        row(label, [50, 90, 99].map { (samples.percentile($0) * 1000).text(1) })
    }

    /// A line with one number.
    static func value(_ label: String, _ value: String) { row(label, ["", value]) }

    /// A line with a number that has a bound, and whether it keeps it.
    static func check(_ label: String, _ value: Double, atMost bound: Double, digits: Int = 2, unit: String = "") {
        let verdict = value <= bound ? "met" : "MISSED"
        row(label, ["", value.text(digits) + unit, "≤ \(bound.text(digits))\(unit)", verdict])
    }

    /// A line of text.
    static func line(_ text: String = "") {
        var text = text + "\n"
        text.withUTF8 { bytes in
            // A report that nobody reads need not stop the measuring.
            _ = write(1, bytes.baseAddress, bytes.count)
        }
    }

    /// A line of cells.
    static func row(_ label: String, _ cells: [String]) {
        let cells = cells.map { String(repeating: " ", count: max(12 - $0.count, 1)) + $0 }
        line(label + String(repeating: " ", count: max(labelWidth - label.count, 1)) + cells.joined())
    }
}

extension Double {
    /// The number with that many digits after the point.
    func text(_ digits: Int) -> String {
        guard isFinite else { return "-" }
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((magnitude * Double(scale)).rounded())
        let sign = self < 0 ? "-" : ""
        guard digits > 0 else { return sign + "\(scaled)" }
        let fraction = String(scaled % scale)
        return sign + "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
