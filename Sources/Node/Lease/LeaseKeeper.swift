import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import ServiceLifecycle

/// Renews the node's Lease, so that everybody knows that it lives.
struct LeaseKeeper: ServiceLifecycle.Service, CustomStringConvertible {
    let description = "the node's Lease"

    /// Has short limits: a connection that hangs must not cost a renewal.
    let client: KubernetesClient
    let nodeName: String
    /// The Node's uid; nil where there is none.
    let uid: @Sendable () -> String?
    /// For how long a renewal counts.
    let duration: Duration
    let logger: Logger

    /// The first pause after a failure, and the longest; as upstream's.
    private static let pauses = (first: Duration.milliseconds(200), longest: Duration.seconds(7))
    /// How often it is renewed.
    private var interval: Duration { duration / NodeLease.renewals }
    /// How often it is looked whether the Node is another one.
    private static let glance: Duration = .milliseconds(250)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var pause = Self.pauses.first
            while !Task.isCancelled {
                guard let owner = uid() else {
                    try? await client.time.sleep(Self.glance)
                    continue
                }
                do throws(ClientError) {
                    try await renew(owner)
                    pause = Self.pauses.first
                    await wait(whileOwnedBy: owner)
                } catch {
                    guard error != .cancelled else { return }
                    logger.warning(
                        "cannot renew the node's Lease, trying again",
                        metadata: ["error": "\(error)", "after": "\(pause)"]
                    )
                    try? await client.time.sleep(pause)
                    pause = min(pause * 2, Self.pauses.longest, interval)
                }
            }
        }
    }

    /// Until the next renewal is due, or the Node is another one.
    private func wait(whileOwnedBy owner: String) async {
        let end = client.time.now() + interval
        while !Task.isCancelled, client.time.now() < end, uid() == owner {
            try? await client.time.sleep(Self.glance)
        }
    }

    private func renew(_ owner: String) async throws(ClientError) {
        do throws(ClientError) {
            _ = try await client.patch(
                NodeLease.resource,
                namespace: NodeLease.namespace,
                name: nodeName,
                type: .merge,
                body: NodeLease.renewal(of: nodeName, uid: owner, duration: duration, now: .now).json
            )
        } catch .api(let answer) where answer.code == 404 {
            _ = try await client.post(
                NodeLease.resource,
                namespace: NodeLease.namespace,
                body: NodeLease.object(of: nodeName, uid: owner, duration: duration, now: .now).json
            )
        }
    }
}
