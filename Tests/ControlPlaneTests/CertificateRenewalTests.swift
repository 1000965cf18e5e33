import APIAccess
import Logging
import Synchronization
import Testing

@testable import ControlPlane

@Suite("The server's certificate") struct CertificateRenewalTests {
    /// What was shown, and what went wrong before.
    private final class Record: Sendable {
        let shown = Mutex<[String]>([])
        let turn = Mutex(0)
    }

    private struct Failure: Error {}

    @Test("A new certificate is shown once, and one that cannot be read is looked for again", .timeLimit(.minutes(1)))
    func renewal() async throws {
        let record = Record()
        let old = CertificateAuthority.Leaf(certificatePEM: "old", keyPEM: "k")
        let renewal = CertificateRenewal(
            shown: (old, old),
            prepare: {
                let turn = record.turn.withLock { turn in
                    turn += 1
                    return turn
                }
                if turn == 2 { throw Failure() }
                return (turn < 3 ? old : CertificateAuthority.Leaf(certificatePEM: "new", keyPEM: "k"), old)
            },
            show: { leaf in record.shown.withLock { $0.append(leaf.certificatePEM) } },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            interval: .milliseconds(1)
        )
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await renewal.run() }
            while record.turn.withLock({ $0 }) < 6 { try? await Task.sleep(for: .milliseconds(1)) }
            group.cancelAll()
        }
        #expect(record.shown.withLock { $0 } == ["new"])
    }
}
