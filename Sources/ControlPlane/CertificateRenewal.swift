import APIAccess
import Logging
import ServiceLifecycle

/// Looks once a day whether the server's certificate ends soon, or was replaced in the folder, and shows the new one.
///
/// Certificates that this process shows to others as a client are made at the start and count for a year: before it is
/// over the log says each day that the process must be started again.
struct CertificateRenewal: ServiceLifecycle.Service {
    /// What is shown at the start.
    let shown: CertificateAuthority.Leaf
    /// Makes the files that are missing or end soon, and returns what is to be shown.
    let prepare: @Sendable () async throws -> CertificateAuthority.Leaf
    /// Shows it to new connections.
    let show: @Sendable (CertificateAuthority.Leaf) throws -> Void
    let logger: Logger
    /// How often it looks.
    var interval = Duration.seconds(86_400)
    /// After so long the certificates of the start have sixty days left.
    var warningAge = Duration.seconds(305 * 86_400)

    func run() async throws {
        await cancelWhenGracefulShutdown { await follow() }
    }

    private func follow() async {
        let started = ContinuousClock.now
        var shown = shown
        while true {
            do { try await Task.sleep(for: interval) } catch { return }
            do {
                let found = try await prepare()
                if found.certificatePEM != shown.certificatePEM {
                    try show(found)
                    shown = found
                    logger.notice("new connections are shown a new certificate")
                }
            } catch {
                logger.error("the server's certificate cannot be renewed", metadata: ["error": "\(error)"])
            }
            guard ContinuousClock.now - started > warningAge else { continue }
            logger.warning("start this process again: its client certificates end a year after its last start")
        }
    }
}
