/// What names and values of labels must look like.
///
/// Source: `k8s.io/apimachinery/pkg/util/validation/validation.go`.
enum LabelRules {
    static let partLimit = 63
    static let prefixLimit = 253

    private static let nameRule =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
        + "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    private static let valueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
        + "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
        + "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    static let subdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
        + "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

    /// What is wrong with a qualified name: that of a label, an annotation, a finalizer.
    static func problems(name text: String) -> [String] {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        var problems: [String] = []
        switch parts.count {
        case 1: break
        case 2:
            if parts[0].isEmpty {
                problems.append("prefix part must be non-empty")
            } else {
                if parts[0].count > prefixLimit {
                    problems.append("prefix part must be no more than \(prefixLimit) characters")
                }
                if !isSubdomain(parts[0]) { problems.append("prefix part \(subdomainRule)") }
            }
        default:
            let remedy = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            return ["a qualified name \(nameRule) \(remedy)"]
        }
        guard let name = parts.last else { return problems }
        if name.isEmpty {
            problems.append("name part must be non-empty")
        } else if name.count > partLimit {
            problems.append("name part must be no more than \(partLimit) characters")
        }
        if !isName(name) { problems.append("name part \(nameRule)") }
        return problems
    }

    /// What is wrong with a label's value.
    static func problems(value text: String) -> [String] {
        var problems: [String] = []
        if text.utf8.count > partLimit { problems.append("must be no more than \(partLimit) characters") }
        if !text.isEmpty, !isName(text[...].utf8) { problems.append(valueRule) }
        return problems
    }

    private static func isName(_ text: Substring.UTF8View) -> Bool {
        guard let first = text.first, let last = text.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        return text.allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowercaseAlphanumeric(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    static func isLowercaseAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    static func isSubdomain(_ text: Substring.UTF8View) -> Bool {
        text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.first, let last = label.last else { return false }
            return isLowercaseAlphanumeric(first) && isLowercaseAlphanumeric(last)
                && label.allSatisfy { isLowercaseAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }
}
