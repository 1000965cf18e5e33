public import JSON

/// What becomes of a role or binding that is there already when the server starts.
///
/// Source: `reconcileRole` and `reconcileRoleBinding` of `k8s.io/component-helpers/auth/rbac/reconciliation`, as the
/// post-start hook `rbac/bootstrap-roles` uses them.
public enum BootstrapMending: Sendable, Hashable {
    /// It stays: nothing is missing, or its annotation `rbac.authorization.kubernetes.io/autoupdate` is `false`.
    case none
    /// It becomes this object: what was missing was added, and nothing taken away.
    case change(JSONValue)
    /// It leads to another role, which cannot be changed: it is deleted and made anew.
    case replacement

    /// - Parameters:
    ///   - present: The object as it is.
    ///   - wanted: The one that a cluster begins with.
    public init(of present: JSONValue, wanted: JSONValue) {
        guard present[path: "metadata", "annotations", BootstrapPolicy.autoupdate]?.string != "false" else {
            self = .none
            return
        }
        if let role = wanted["roleRef"], role != present["roleRef"] {
            self = .replacement
            return
        }
        var mended = present
        for field in ["annotations", "labels"] {
            for member in wanted[path: "metadata", field]?.object?.members ?? []
            where present[path: "metadata", field, member.name] == nil {
                mended[path: "metadata", field, member.name] = member.value
            }
        }
        if let rules = wanted["rules"]?.array {
            let own = (present["rules"]?.array ?? []).map { PolicyRule($0) }
            let missing = rules.filter { rule in
                PolicyRule(rule).atoms.contains { atom in !own.contains { $0.covers(atom: atom) } }
            }
            if !missing.isEmpty { mended["rules"] = .array((present["rules"]?.array ?? []) + missing) }
        }
        if let subjects = wanted["subjects"]?.array {
            let own = present["subjects"]?.array ?? []
            let known = own.map { Self.identity(of: $0) }
            let missing = subjects.filter { !known.contains(Self.identity(of: $0)) }
            if !missing.isEmpty { mended["subjects"] = .array(own + missing) }
        }
        self = mended == present ? .none : .change(mended)
    }

    private static func identity(of subject: JSONValue) -> [String] {
        ["kind", "apiGroup", "namespace", "name"].map { subject[$0]?.string ?? "" }
    }
}
