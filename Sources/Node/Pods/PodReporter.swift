import KubernetesAPI
import KubernetesClient
import PodRuntime
import ServiceLifecycle

/// Takes what the runtime says of pods.
struct PodReporter: ServiceLifecycle.Service, CustomStringConvertible {
    let description = "reports of pods"

    let runtime: PodRuntime
    let statuses: PodStatusWriter
    let directory: PodDirectory
    let events: NodeEvents

    func run() async throws {
        for await report in runtime.reports.cancelOnGracefulShutdown() {
            directory.report(uid: report.uid, status: report.status)
            statuses.report(
                uid: report.uid,
                namespace: report.namespace,
                name: report.name,
                status: report.status,
                isFinished: report.isFinished
            )
            let object = ObjectReference(
                Pod.resource,
                namespace: report.namespace,
                name: report.name,
                uid: report.uid
            )
            for note in report.notes {
                events.record(
                    ObjectEvent(
                        object: object,
                        isWarning: note.isWarning,
                        reason: note.reason,
                        message: note.message
                    )
                )
            }
        }
        // The runtime has ended; a service that ends before it is told to is taken for a failure.
        try? await gracefulShutdown()
    }
}
