import APIAccess
import Logging
import ServiceLifecycle

/// Looks once a day whether the server's certificate ends soon, or was replaced in the folder, and shows the new one.
///
/// What this process shows to others as a client stays what it was at the start: sixty days before it ends the log begins
/// to say each day that the process must be started again.
struct CertificateRenewal: ServiceLifecycle.Service {
    /// What is shown to clients, and to nodes.
    typealias Shown = (server: CertificateAuthority.Leaf, nodeClient: CertificateAuthority.Leaf)

    /// What is shown at the start.
    let shown: Shown
    /// Makes the files that are missing or end within sixty days, and returns what is to be shown.
    let prepare: @Sendable () async throws -> Shown
    /// Shows it to new connections.
    let show: @Sendable (CertificateAuthority.Leaf) throws -> Void
    let logger: Logger
    /// How often it looks.
    var interval = Duration.seconds(86_400)
    /// After so long the certificates that controllers got at the start have sixty days left.
    var warningAge = Duration.seconds(305 * 86_400)

    func run() async throws {
        await cancelWhenGracefulShutdown { await follow() }
    }

    private func follow() async {
        let started = ContinuousClock.now
        var server = shown.server
        var isLate = false
        while true {
            do { try await Task.sleep(for: interval) } catch { return }
            do {
                let found = try await prepare()
                isLate = found.nodeClient.certificatePEM != shown.nodeClient.certificatePEM
                if found.server.certificatePEM != server.certificatePEM {
                    try show(found.server)
                    server = found.server
                    logger.notice("new connections are shown a new certificate")
                }
            } catch {
                logger.error("the server's certificate cannot be renewed", metadata: ["error": "\(error)"])
            }
            guard isLate || ContinuousClock.now - started > warningAge else { continue }
            logger.warning("start this process again within sixty days: what it shows as a client ends then")
        }
    }
}
