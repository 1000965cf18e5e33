import JSON

/// What names and other short texts in objects must look like, in upstream's words: each rule returns what is wrong
/// with a text, nothing where it is good.
///
/// Source: `k8s.io/apimachinery/pkg/util/validation/validation.go`.
public enum TextRules {
    /// What a part of a host name must be (RFC 1123): a Service's name, a namespace's, a container's.
    public static func label(_ text: String) -> [String] {
        limit(text, to: 63) + demand(isLabel(text[...].utf8), labelRule)
    }

    /// What a host name must be (RFC 1123): the name of most objects.
    public static func subdomain(_ text: String) -> [String] {
        limit(text, to: 253) + demand(isSubdomain(text), subdomainRule)
    }

    /// What a part of a host name was before numbers could come first (RFC 1035).
    public static func label1035(_ text: String) -> [String] {
        let isGood = text.utf8.first.map(isLowercase) == true && isLabel(text[...].utf8)
        return limit(text, to: 63) + demand(isGood, label1035Rule)
    }

    /// A host name of at least two parts, perhaps with a dot at its end.
    public static func qualifiedHostName(_ text: String) -> [String] {
        let name = text.hasSuffix(".") ? String(text.dropLast()) : text
        let problems = subdomain(name)
        if !problems.isEmpty { return problems }
        return demand(
            name.utf8.contains(UInt8(ascii: ".")),
            "should be a domain with at least two segments separated by dots"
        )
    }

    /// The key of a label or an annotation, a taint's, the type of a condition: `example.com/name` or `name`.
    public static func qualifiedName(_ text: String) -> [String] {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        var problems: [String] = []
        var name = text
        switch parts.count {
        case 1: break
        case 2:
            name = String(parts[1])
            if parts[0].isEmpty {
                problems.append("prefix part must be non-empty")
            } else {
                problems += subdomain(String(parts[0])).map { "prefix part \($0)" }
            }
        default:
            return [
                "a qualified name \(nameRule) with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ]
        }
        if name.isEmpty {
            problems.append("name part must be non-empty")
        } else {
            problems += limit(name, to: 63).map { "name part \($0)" }
        }
        if !isLabelText(name) { problems.append("name part \(nameRule)") }
        return problems
    }

    /// The value of a label.
    public static func labelValue(_ text: String) -> [String] {
        limit(text, to: 63) + demand(text.isEmpty || isLabelText(text), labelValueRule)
    }

    /// The name of a container's port.
    public static func portName(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        let hyphen = UInt8(ascii: "-")
        let isGood = !bytes.isEmpty && bytes.allSatisfy { isLowercase($0) || JSONReader.isDigit($0) || $0 == hyphen }
        return limit(text, to: 15)
            + demand(isGood, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
            + demand(bytes.contains(where: isLowercase), "must contain at least one letter (a-z)")
            + demand(!text.contains("--"), "must not contain consecutive hyphens")
            + demand(
                bytes.isEmpty || bytes.first != hyphen && bytes.last != hyphen,
                "must not begin or end with a hyphen"
            )
    }

    /// A port number that packets can carry.
    public static func port(_ number: Int) -> [String] { range(number, 1...65_535) }

    /// The number of a user or a group.
    public static func identity(_ number: Int) -> [String] { range(number, 0...Int(Int32.max)) }

    /// A number within bounds.
    public static func range(_ number: Int, _ bounds: ClosedRange<Int>) -> [String] {
        demand(
            bounds.contains(number),
            "must be between \(bounds.lowerBound) and \(bounds.upperBound), inclusive"
        )
    }

    /// A key in the data of a ConfigMap or a Secret.
    public static func dataKey(_ text: String) -> [String] {
        let isGood = !text.isEmpty && text.utf8.allSatisfy(isNameByte)
        var problems = limit(text, to: 253) + demand(isGood, dataKeyRule)
        switch text {
        case ".": problems.append("must not be '.'")
        case "..": problems.append("must not be '..'")
        default: problems += demand(!text.hasPrefix(".."), "must not start with '..'")
        }
        return problems
    }

    /// The name of an environment variable.
    public static func environmentName(_ text: String) -> [String] {
        let isGood = text.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != UInt8(ascii: "=") }
        return demand(!text.isEmpty, "environment variable name must be non-empty")
            + demand(
                isGood,
                "a valid environment variable name must consist only of printable ASCII characters other than '='"
            )
    }

    /// The name of an HTTP header.
    public static func headerName(_ text: String) -> [String] {
        let isGood =
            !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        return demand(isGood, headerRule)
    }

    /// What can be one part of a URL's path: the names of roles.
    public static func pathSegment(_ text: String) -> [String] {
        if text == "." || text == ".." { return ["may not be '\(text)'"] }
        return ["/", "%"].filter { text.contains($0) }.map { "may not contain '\($0)'" }
    }

    // MARK: Words

    private static let label63 = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
    private static let labelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
        + "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '\(label63)')"
    private static let subdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
        + "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'\(label63)(\\.\(label63))*')"
    private static let label1035Rule =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
        + "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for "
        + "validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
    private static let nameRule =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
        + "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    private static let labelValueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
        + "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
        + "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    private static let dataKeyRule =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
        + "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
    private static let headerRule =
        "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for "
        + "validation is '[-A-Za-z0-9]+')"

    private static func limit(_ text: String, to count: Int) -> [String] {
        demand(text.utf8.count <= count, "must be no more than \(count) bytes")
    }

    private static func demand(_ isGood: Bool, _ rule: String) -> [String] { isGood ? [] : [rule] }

    // MARK: Bytes

    static func isLowercase(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowercase(byte) || JSONReader.isDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    /// What may stand within the names of labels and keys.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }

    private static func isLabelText(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last) && text.utf8.allSatisfy(isNameByte)
    }

    private static func isSubdomain(_ text: String) -> Bool {
        text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isLabel)
    }

    private static func isLabel(_ text: Substring.UTF8View) -> Bool {
        let isInside = { (byte: UInt8) in isLowercase(byte) || JSONReader.isDigit(byte) }
        guard let first = text.first, let last = text.last, isInside(first), isInside(last) else { return false }
        return text.allSatisfy { isInside($0) || $0 == UInt8(ascii: "-") }
    }
}
