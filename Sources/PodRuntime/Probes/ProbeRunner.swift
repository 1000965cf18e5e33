import Addressing
import Glibc
import PodLauncher

/// Does what probes and hooks ask for.
struct ProbeRunner: Sendable {
    let watch: DescriptorWatch

    /// What came of it.
    struct Outcome: Sendable, Hashable {
        var isSuccess: Bool
        /// In upstream's words where it failed.
        var message: String
    }

    /// Does it, within the limit.
    ///
    /// - Parameters:
    ///   - addresses: The pod's.
    ///   - execute: Runs a program in the container.
    func run(
        _ action: HandlerAction,
        limit: Duration,
        addresses: [IPAddress],
        execute: @Sendable ([String], Duration) async -> Outcome
    ) async -> Outcome {
        switch action {
        case .execute(let command):
            return await execute(command, limit)
        case .sleep(let seconds):
            try? await Task.sleep(for: min(.seconds(seconds), limit))
            return Outcome(isSuccess: true, message: "")
        case .http(let target):
            let host = target.host ?? addresses.first.map { "\($0)" } ?? ""
            return await asking(host, target.port, limit) { address, watch in
                let probe = HTTPProbe(target, address: address)
                if target.usesTLS {
                    return try await TLSProbe(address: address, port: target.port, limit: limit).http(probe)
                }
                return try await ProbeConnection(address, target.port, watch).http(probe)
            }
        case .tcp(let host, let port):
            return await asking(host ?? addresses.first.map { "\($0)" } ?? "", port, limit) { address, watch in
                _ = try await ProbeConnection(address, port, watch)
                return Outcome(isSuccess: true, message: "")
            }
        case .grpc(let port, let service):
            return await asking(addresses.first.map { "\($0)" } ?? "", port, limit) { address, watch in
                try await ProbeConnection(address, port, watch).healthCheck(service: service)
            }
        }
    }

    private func asking(
        _ host: String,
        _ port: UInt16,
        _ limit: Duration,
        _ body: @escaping @Sendable (IPAddress, DescriptorWatch) async throws -> Outcome
    ) async -> Outcome {
        guard let address = IPAddress(host) ?? (host == "localhost" ? .v4(0x7f00_0001) : nil) else {
            return Outcome(isSuccess: false, message: "\(host) is not an address")
        }
        let watch = watch
        return await withTaskGroup(of: Outcome.self) { group in
            group.addTask {
                do {
                    return try await body(address, watch)
                } catch is CancellationError {
                    return Outcome(isSuccess: false, message: "context deadline exceeded")
                } catch {
                    return Outcome(isSuccess: false, message: "\(error)")
                }
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return Outcome(
                    isSuccess: false,
                    message: "no answer from \(address) port \(port) within \(limit)"
                )
            }
            let outcome = await group.next()
            group.cancelAll()
            return outcome ?? Outcome(isSuccess: false, message: "no answer")
        }
    }
}
