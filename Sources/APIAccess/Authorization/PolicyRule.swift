public import JSON

/// What a role allows: verbs on resources, or on paths that are no resources.
///
/// Source: `k8s.io/api/rbac/v1` `PolicyRule`; matching as in `k8s.io/kubernetes/pkg/apis/rbac/v1/evaluation_helpers.go`.
public struct PolicyRule: Sendable, Hashable {
    /// Verbs; `*` for all.
    public var verbs: [String]
    /// API groups, empty text for the core group; `*` for all.
    public var apiGroups: [String]
    /// Plural names, `pods`, with a part `pods/log` or `*/scale`; `*` for all with all their parts.
    public var resources: [String]
    /// Only objects of these names; empty for all. No request for all objects of a kind matches a name.
    public var resourceNames: [String]
    /// Paths, such as `/healthz`; a `*` at the end stands for anything.
    public var nonResourceURLs: [String]

    /// A rule from its parts.
    public init(
        verbs: [String],
        apiGroups: [String] = [],
        resources: [String] = [],
        resourceNames: [String] = [],
        nonResourceURLs: [String] = []
    ) {
        self.verbs = verbs
        self.apiGroups = apiGroups
        self.resources = resources
        self.resourceNames = resourceNames
        self.nonResourceURLs = nonResourceURLs
    }

    /// A rule from an object's JSON; what is not of the type that it should be is left out, and then allows nothing.
    public init(_ value: JSONValue) {
        func strings(_ name: String) -> [String] { value[name]?.array?.compactMap(\.string) ?? [] }
        self.init(
            verbs: strings("verbs"),
            apiGroups: strings("apiGroups"),
            resources: strings("resources"),
            resourceNames: strings("resourceNames"),
            nonResourceURLs: strings("nonResourceURLs")
        )
    }

    /// The rule as in an object.
    public var json: JSONValue {
        var value = JSONValue.object(JSONObject())
        for (name, strings) in [
            ("verbs", verbs), ("apiGroups", apiGroups), ("resources", resources), ("resourceNames", resourceNames),
            ("nonResourceURLs", nonResourceURLs),
        ] where !strings.isEmpty || name == "verbs" {
            value[name] = .strings(strings)
        }
        return value
    }

    /// Whether the rule allows it.
    public func allows(verb: String, target: RequestAttributes.Target) -> Bool {
        guard verbs.contains("*") || verbs.contains(verb) else { return false }
        switch target {
        case .resource(let group, let plural, let subresource, _, let name):
            return matches(group: group) && matches(plural: plural, subresource: subresource)
                && (resourceNames.isEmpty || (!name.isEmpty && resourceNames.contains(name)))
        case .path(let path):
            return nonResourceURLs.contains { Self.path(path, matches: $0) }
        }
    }

    private func matches(group: String) -> Bool {
        apiGroups.contains("*") || apiGroups.contains(group)
    }

    private func matches(plural: String, subresource: String) -> Bool {
        let wanted = subresource.isEmpty ? plural : "\(plural)/\(subresource)"
        return resources.contains { resource in
            resource == "*" || resource == wanted || (!subresource.isEmpty && resource == "*/\(subresource)")
        }
    }

    private static func path(_ path: String, matches pattern: String) -> Bool {
        if pattern == "*" || pattern == path { return true }
        guard pattern.hasSuffix("*") else { return false }
        return path.hasPrefix(String(pattern.dropLast()))
    }

    /// How many ``atoms`` it amounts to; at its greatest where that is more than a number can hold.
    var atomCount: Int {
        func product(_ left: Int, _ right: Int) -> Int {
            let (product, overflow) = left.multipliedReportingOverflow(by: right)
            return overflow ? .max : product
        }
        let resourceCount = product(product(apiGroups.count, resources.count), max(resourceNames.count, 1))
        let (each, overflow) = resourceCount.addingReportingOverflow(nonResourceURLs.count)
        return overflow ? .max : product(verbs.count, each)
    }

    /// The rules for one verb, group, resource, name or path each that this rule amounts to.
    ///
    /// Together they allow the same; each is either covered by one rule of somebody's, or not at all.
    var atoms: [PolicyRule] {
        var atoms: [PolicyRule] = []
        for verb in verbs {
            for path in nonResourceURLs { atoms.append(PolicyRule(verbs: [verb], nonResourceURLs: [path])) }
            for group in apiGroups {
                for resource in resources {
                    var atom = PolicyRule(verbs: [verb], apiGroups: [group], resources: [resource])
                    if resourceNames.isEmpty { atoms.append(atom) }
                    for name in resourceNames {
                        atom.resourceNames = [name]
                        atoms.append(atom)
                    }
                }
            }
        }
        return atoms
    }

    /// Whether this rule allows all that another does, looked at list by list.
    func covers(rule: PolicyRule) -> Bool {
        func has(_ own: [String], _ wanted: [String]) -> Bool {
            own.contains("*") || Set(wanted).isSubset(of: own)
        }
        guard has(verbs, rule.verbs), has(nonResourceURLs, rule.nonResourceURLs) else { return false }
        if rule.resources.isEmpty { return true }
        return has(apiGroups, rule.apiGroups) && has(resources, rule.resources)
            && (resourceNames.isEmpty
                || (!rule.resourceNames.isEmpty && Set(rule.resourceNames).isSubset(of: resourceNames)))
    }

    /// Whether this rule allows all that the atom does.
    func covers(atom: PolicyRule) -> Bool {
        func has(_ own: [String], _ wanted: [String]) -> Bool {
            own.contains("*") || wanted.allSatisfy { own.contains($0) }
        }
        guard has(verbs, atom.verbs) else { return false }
        if let path = atom.nonResourceURLs.first {
            return nonResourceURLs.contains { pattern in
                pattern == path || (pattern.hasSuffix("*") && path.hasPrefix(String(pattern.dropLast())))
            }
        }
        guard has(apiGroups, atom.apiGroups), let resource = atom.resources.first else { return false }
        let isCovered = resources.contains { own in
            if own == "*" || own == resource { return true }
            guard own.hasPrefix("*/"), let slash = resource.firstIndex(of: "/") else { return false }
            return resource[slash...] == own.dropFirst()
        }
        guard isCovered else { return false }
        if resourceNames.isEmpty { return true }
        return !atom.resourceNames.isEmpty && atom.resourceNames.allSatisfy { resourceNames.contains($0) }
    }
}
