import JSON
import PodLauncher

/// The kernel settings that a pod wants: `spec.securityContext.sysctls`.
struct PodSettings: Sendable {
    /// Names and values.
    let values: [(name: String, value: String)]
    /// Why it must not have them, in upstream's words; nil where it may.
    let refusal: String?

    init(of pod: PodSpecification) {
        values = (pod.object[path: "spec", "securityContext", "sysctls"]?.array ?? []).compactMap { setting in
            guard let name = setting["name"]?.string, let value = setting["value"]?.string else { return nil }
            return (name, value)
        }
        var refusal: String?
        for (name, _) in values {
            let setting = KernelSetting(name)
            switch setting.namespace {
            case nil:
                refusal = "forbidden sysctl: \"\(setting.name)\" not allowlisted"
            case .network where pod.usesHostNetwork:
                refusal = "forbidden sysctl: \"\(setting.name)\" not allowed with host net enabled"
            // A pod on the host's network has the host's IPC too here.
            case .processes where pod.usesHostNetwork:
                refusal = "forbidden sysctl: \"\(setting.name)\" not allowed with host ipc enabled"
            default: continue
            }
            break
        }
        self.refusal = refusal
    }
}
