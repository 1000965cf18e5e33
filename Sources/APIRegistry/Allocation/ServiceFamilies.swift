import Addressing
import JSON
import KubernetesAPI

/// Decides which address families a Service has.
///
/// Source: `initIPFamilyFields` of `pkg/registry/core/service/storage/alloc.go`.
struct ServiceFamilies {
    let new: AllocatedShape
    let old: AllocatedShape?
    let state: AllocationState

    /// What was decided.
    struct Choice {
        var policy: String
        var families: [String]
        /// Those that the Service asks for, cut to what its policy allows.
        var clusterIPs: [String]
    }

    private static let field: FieldPath = "spec.ipFamilyPolicy"
    private static let single = "SingleStack"
    private static let required = "RequireDualStack"

    /// The families; nil for an alias of a host's name, which has none, and for a Service that stays as it is.
    func chosen() throws(AllocationError) -> Choice? {
        if new.isAlias || staysPreferred { return nil }
        var choice = Choice(policy: new.policy ?? inferredPolicy, families: new.families, clusterIPs: new.clusterIPs)
        var errors: [FieldError] = []
        if let old, !old.isAlias { follow(old, &choice, &errors) }
        if choice.policy == Self.single {
            let words = "must be 'RequireDualStack' or 'PreferDualStack' when multiple"
            if choice.clusterIPs.count == 2 { errors.append(wrong(choice, "\(words) cluster IPs are specified")) }
            if choice.families.count == 2 { errors.append(wrong(choice, "\(words) IP families are specified")) }
        }
        inferFamilies(&choice, &errors)
        guard errors.isEmpty else { throw .invalid(errors) }
        if new.isHeadless, !new.hasSelector {
            if choice.families.isEmpty { choice.families = ["\(state.defaultFamily)"] }
            if choice.policy != Self.single { addOther(&choice) }
            return choice
        }
        let configured = state.families
        if choice.policy == Self.required, configured.count < 2 {
            errors.append(wrong(choice, "this cluster is not configured for dual-stack services"))
        }
        for (index, family) in choice.families.enumerated() where !configured.contains(where: { "\($0)" == family }) {
            let words = "not configured on this cluster"
            let field = FieldPath("spec.ipFamilies")[index]
            errors.append(FieldError(field, .invalid, value: .string(family), words))
        }
        guard errors.isEmpty else { throw .invalid(errors) }
        if choice.families.isEmpty { choice.families = ["\(state.defaultFamily)"] }
        if choice.policy != Self.single, configured.count == 2 { addOther(&choice) }
        return choice
    }

    /// Whether it preferred two families before and still does, and names the same: it is not changed because the
    /// cluster was.
    private var staysPreferred: Bool {
        guard let old, let policy = new.policy, policy == "PreferDualStack", !new.isAlias else { return false }
        return old.policy ?? policy == policy && old.type == new.type && old.clusterIPs == new.clusterIPs
            && old.families == new.families
    }

    /// The policy of a Service that says none.
    private var inferredPolicy: String {
        if let policy = old?.policy { return policy }
        return new.isHeadless && !new.hasSelector ? Self.required : Self.single
    }

    /// What an update means: a change of the policy to one family gives up the second one, and nothing else does.
    private func follow(_ old: AllocatedShape, _ choice: inout Choice, _ errors: inout [FieldError]) {
        if choice.policy == Self.single {
            if old.clusterIPs == choice.clusterIPs { choice.clusterIPs = Array(choice.clusterIPs.prefix(1)) }
            if old.families == choice.families { choice.families = Array(choice.families.prefix(1)) }
            return
        }
        if !choice.clusterIPs.isEmpty, choice.clusterIPs.count < old.clusterIPs.count {
            errors.append(wrong(choice, "must be 'SingleStack' to release the secondary cluster IP"))
        }
        if !choice.families.isEmpty, choice.families.count < old.families.count {
            errors.append(wrong(choice, "must be 'SingleStack' to release the secondary IP family"))
        }
    }

    /// Families that only the addresses tell.
    private func inferFamilies(_ choice: inout Choice, _ errors: inout [FieldError]) {
        if new.isHeadless { return }
        for (index, text) in choice.clusterIPs.enumerated() where index >= choice.families.count {
            guard let family = IPAddress(text)?.family else { continue }
            guard state.families.contains(family) else {
                let field = FieldPath("spec.clusterIPs")[index]
                let words = "\(family) is not configured on this cluster"
                errors.append(FieldError(field, .invalid, value: .strings(choice.clusterIPs), words))
                continue
            }
            choice.families.append("\(family)")
        }
    }

    private func addOther(_ choice: inout Choice) {
        guard choice.families.count == 1 else { return }
        choice.families.append(choice.families[0] == "IPv4" ? "IPv6" : "IPv4")
    }

    private func wrong(_ choice: Choice, _ words: String) -> FieldError {
        FieldError(Self.field, .invalid, value: .string(choice.policy), words)
    }
}
