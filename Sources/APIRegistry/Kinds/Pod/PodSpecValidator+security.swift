import JSON
import KubernetesAPI

extension PodSpecValidator {
    private static let profiles = ["Localhost", "RuntimeDefault", "Unconfined"]

    /// The security context of a pod or of a container.
    mutating func validateSecurity(_ context: ObjectView, _ field: FieldPath) {
        for name in ["fsGroup", "runAsUser", "runAsGroup"] {
            guard let number = context[name].number else { continue }
            errors.invalid(field.field(name), .integer(number), TextRules.identity(number))
        }
        for (index, group) in context.supplementalGroups.elements.enumerated() {
            guard let number = group.number else { continue }
            errors.invalid(field.field("supplementalGroups")[index], .integer(number), TextRules.identity(number))
        }
        validateSysctls(context.sysctls, field.field("sysctls"))
        let choices = [
            ("fsGroupChangePolicy", ["Always", "OnRootMismatch"]), ("supplementalGroupsPolicy", ["Merge", "Strict"]),
            ("procMount", ["Default", "Unmasked"]),
        ]
        for (name, supported) in choices {
            errors.choice(field.field(name), context[name], supported, required: false)
        }
        validateProfile(context.seccompProfile, field.field("seccompProfile"), "seccomp", "seccompProfile")
        validateProfile(context.appArmorProfile, field.field("appArmorProfile"), "AppArmor", "appArmorProfile")
        guard context.allowPrivilegeEscalation.isFalse else { return }
        if context.privileged.isTrue {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
            errors.invalid(field, context.shown, detail)
        }
        if context.capabilities["add"].texts.contains("CAP_SYS_ADMIN") {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
            errors.invalid(field, context.shown, detail)
        }
    }

    private mutating func validateProfile(_ profile: ObjectView, _ field: FieldPath, _ system: String, _ name: String) {
        guard profile.isPresent else { return }
        let (type, local) = (profile.type.text, profile.localhostProfile)
        if type.isEmpty {
            errors.required(field.field("type"), "type is required when \(name) is set")
        } else if !Self.profiles.contains(type) {
            errors.unsupported(field.field("type"), .string(type), Self.profiles)
        }
        if type == "Localhost" {
            if local.text.isEmpty {
                errors.required(field.field("localhostProfile"), "must be set when \(system) type is Localhost")
            }
        } else if local.isPresent {
            let detail = "can only be set when \(system) type is Localhost"
            errors.invalid(field.field("localhostProfile"), local.shown, detail)
        }
    }

    private mutating func validateSysctls(_ sysctls: ObjectView, _ field: FieldPath) {
        var names: Set<String> = []
        for (index, sysctl) in sysctls.elements.enumerated() {
            let (field, name) = (field[index].field("name"), sysctl.name.text)
            if name.isEmpty {
                errors.required(field)
            } else if name.utf8.count > 253 || !Self.isSysctl(name) {
                let form = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
                errors.invalid(field, .string(name), "must have at most 253 characters and match regex \(form)")
            } else if !names.insert(name).inserted {
                errors.duplicate(field, .string(name))
            }
        }
    }

    private static func isSysctl(_ name: String) -> Bool {
        let parts = name.utf8.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/")
        }
        return parts.allSatisfy { part in
            let isInside = { (byte: UInt8) in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
            guard let first = part.first, let last = part.last, isInside(first), isInside(last) else { return false }
            return part.allSatisfy { isInside($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        }
    }
}
