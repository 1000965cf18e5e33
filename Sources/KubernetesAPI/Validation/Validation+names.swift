import JSON

extension Validation {
    private static let labelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
        + "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    private static let subdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
        + "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    private static let labelLimit = 63
    private static let subdomainLimit = 253

    /// A name that may stand in a host name: a Service's, a namespace's, a port's.
    mutating func label(_ field: FieldPath, _ text: String) {
        if text.utf8.count > Self.labelLimit {
            invalid(field, text, "must be no more than \(Self.labelLimit) characters")
        }
        if !Self.isLabel(text[...].utf8) { invalid(field, text, Self.labelRule) }
    }

    /// A name that may be a host name: that of most objects.
    mutating func subdomain(_ field: FieldPath, _ text: String) {
        if text.utf8.count > Self.subdomainLimit {
            invalid(field, text, "must be no more than \(Self.subdomainLimit) characters")
        }
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if !labels.allSatisfy(Self.isLabel) { invalid(field, text, Self.subdomainRule) }
    }

    private static func isLabel(_ text: Substring.UTF8View) -> Bool {
        let isAlphanumeric = { (byte: UInt8) in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || JSONReader.isDigit(byte)
        }
        guard let first = text.first, let last = text.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        return text.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    /// `metadata` of an object whose name obeys `rule`.
    mutating func metadata(
        of object: some KubernetesObject,
        name rule: (inout Validation, FieldPath, String) -> Void
    ) {
        let metadata = object.metadata
        if metadata.name.isEmpty {
            required("metadata.name", "name or generateName is required")
        } else {
            rule(&self, "metadata.name", metadata.name)
        }
        let isNamespaced = type(of: object).resource.namespaced
        if let namespace = metadata.namespace {
            if isNamespaced {
                label("metadata.namespace", namespace)
            } else {
                forbidden("metadata.namespace", "not allowed on this type")
            }
        } else if isNamespaced {
            required("metadata.namespace")
        }
    }
}
