import Storage

extension HealthChecks {
    /// What is looked at in every server.
    static func standard(_ objects: ObjectRegistry, bootstrapped: RevisionGate) -> [Check] {
        let everywhere: Set<String> = ["healthz", "livez", "readyz"]
        return [
            Check(name: "ping", paths: everywhere) { nil },
            Check(name: "log", paths: everywhere) { nil },
            Check(name: "etcd", paths: everywhere) { await storeProblem(objects) },
            Check(name: "etcd-readiness", paths: ["readyz"]) { await storeProblem(objects) },
            Check(name: "informer-sync", paths: ["readyz"]) {
                objects.isReady ? nil : "the objects are being read"
            },
            Check(name: "poststarthook/start-system-namespaces-controller", paths: everywhere) {
                bootstrapped.revision >= Revision(1) ? nil : "the objects that every cluster has are being made"
            },
        ]
    }

    private static func storeProblem(_ objects: ObjectRegistry) async -> String? {
        do throws(StoreError) {
            _ = try await objects.store.currentRevision()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
