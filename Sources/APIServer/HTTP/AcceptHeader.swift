import APIRegistry

/// What a client accepts: the values of `Accept`.
///
/// Source: RFC 9110, section 12.5.1, and `k8s.io/apiserver/pkg/endpoints/handlers/negotiation`.
struct AcceptHeader: Sendable, Hashable {
    /// One alternative.
    struct Range: Sendable, Hashable {
        /// Such as `application/json`, in lower case.
        var type: String
        /// Names in lower case; without `q`.
        var parameters: [String: String]
        /// From 0 to 1,000.
        var quality: Int
    }

    /// The alternatives, the best first.
    let ranges: [Range]

    /// How many alternatives are looked at.
    private static let limit = 32

    /// Reads the header's value; one that is empty accepts anything.
    init(_ value: String) {
        var ranges: [Range] = []
        for part in value.split(separator: ",").prefix(Self.limit) {
            var fields = part.split(separator: ";", omittingEmptySubsequences: false).map { Self.trimmed($0) }[...]
            guard let type = fields.popFirst(), !type.isEmpty else { continue }
            var range = Range(type: type.lowercased(), parameters: [:], quality: 1_000)
            for field in fields {
                let sides = field.split(separator: "=", maxSplits: 1)
                guard sides.count == 2 else { continue }
                let name = Self.trimmed(sides[0]).lowercased()
                let value = Self.trimmed(sides[1])
                if name == "q" {
                    // "nan" and "inf" are numbers to Swift.
                    let quality = Double(value).flatMap { $0.isFinite ? $0 : nil }
                    range.quality = quality.map { Int(min(max($0, 0), 1) * 1_000) } ?? 1_000
                } else {
                    range.parameters[name] = value
                }
            }
            ranges.append(range)
        }
        // Stable: what is equally good stays in the client's order.
        self.ranges = ranges.enumerated().sorted { left, right in
            left.element.quality != right.element.quality
                ? left.element.quality > right.element.quality : left.offset < right.offset
        }.map(\.element)
    }

    /// What can be asked for at a place.
    struct Offer: Sendable {
        /// Whether objects can be shown as tables and metadata.
        var hasObjects = false
        /// What rows of tables have of their objects.
        var inclusion = ObjectTable.Inclusion.metadata
        /// Whether discovery can be shown at once.
        var hasAggregation = false
        /// Whether there is protobuf.
        var hasProtobuf = true
    }

    /// The form that suits best; nil where none is acceptable.
    func form(_ offer: Offer) -> ResponseForm? {
        guard !ranges.isEmpty else { return .json }
        for range in ranges where range.quality > 0 {
            guard let format = Self.format(range.type, offer), let shape = Self.shape(range, offer) else { continue }
            let form = ResponseForm(format: format, shape: shape)
            if format == .protobuf, shape != .object { continue }
            return form
        }
        return nil
    }

    private static func format(_ type: String, _ offer: Offer) -> ResponseForm.Format? {
        switch type {
        case "application/json", "*/*", "application/*": .json
        case "application/yaml": .yaml
        case "application/vnd.kubernetes.protobuf": offer.hasProtobuf ? .protobuf : nil
        default: nil
        }
    }

    private static func shape(_ range: Range, _ offer: Offer) -> ResponseForm.Shape? {
        guard let kind = range.parameters["as"] else { return .object }
        let version = range.parameters["v"] ?? ""
        switch (kind, range.parameters["g"] ?? "") {
        case ("Table", "meta.k8s.io") where offer.hasObjects && ["v1", "v1beta1"].contains(version):
            return .table(version: version, offer.inclusion)
        case ("PartialObjectMetadata", "meta.k8s.io"), ("PartialObjectMetadataList", "meta.k8s.io"):
            return offer.hasObjects && ["v1", "v1beta1"].contains(version) ? .metadata(version: version) : nil
        case ("APIGroupDiscoveryList", "apidiscovery.k8s.io") where offer.hasAggregation && version == "v2":
            return .aggregatedDiscovery(version: version)
        default:
            return nil
        }
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var rest = text[...]
        while rest.first == " " || rest.first == "\t" { rest = rest.dropFirst() }
        while rest.last == " " || rest.last == "\t" { rest = rest.dropLast() }
        return String(rest)
    }
}
