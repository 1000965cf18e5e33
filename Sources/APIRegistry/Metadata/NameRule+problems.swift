import APISchema
import Addressing

extension KindDefinition.NameRule {
    private static let labelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
        + "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    private static let rfc1035Rule =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
        + "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for "
        + "validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"

    /// What is wrong with a name, in upstream's words.
    ///
    /// - Parameter isPrefix: Whether it is a `generateName`, after which more comes: a dash may stand at its end.
    public func problems(with name: String, isPrefix: Bool = false) -> [String] {
        var name = name
        if isPrefix, name.utf8.count > 1, name.utf8.last == UInt8(ascii: "-") { name = name.dropLast() + "a" }
        switch self {
        case .subdomain:
            return tooLong(name, LabelRules.prefixLimit)
                + (LabelRules.isSubdomain(name[...].utf8) ? [] : [LabelRules.subdomainRule])
        case .label:
            return tooLong(name, LabelRules.partLimit) + (Self.isLabel(name) ? [] : [Self.labelRule])
        case .rfc1035Label:
            let isGood = Self.isLabel(name) && !(name.utf8.first.map { (0x30...0x39).contains($0) } ?? true)
            return tooLong(name, LabelRules.partLimit) + (isGood ? [] : [Self.rfc1035Rule])
        case .pathSegment:
            return Self.pathSegmentProblems(name, isPrefix: isPrefix)
        case .ipAddress:
            guard let address = IPAddress(name) else {
                return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
            }
            return "\(address)" == name ? [] : ["must be in canonical form (\("\(address)".goQuoted))"]
        }
    }

    /// What is wrong with a name that is to be a segment of a path: every name must be one.
    static func pathSegmentProblems(_ name: String, isPrefix: Bool) -> [String] {
        if !isPrefix, name == "." || name == ".." { return ["may not be '\(name)'"] }
        return ["/", "%"].filter { name.contains($0) }.map { "may not contain '\($0)'" }
    }

    private func tooLong(_ name: String, _ limit: Int) -> [String] {
        name.utf8.count > limit ? ["must be no more than \(limit) characters"] : []
    }

    private static func isLabel(_ name: String) -> Bool {
        !name.utf8.contains(UInt8(ascii: ".")) && LabelRules.isSubdomain(name[...].utf8)
    }
}
