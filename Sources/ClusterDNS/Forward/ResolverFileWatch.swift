import Logging
import Observability
import ServiceLifecycle

/// Takes the servers to ask from a file such as `/etc/resolv.conf`, also when it changes.
struct ResolverFileWatch: Service, CustomStringConvertible {
    private static let interval: Duration = .seconds(5)

    let description = "resolver file watch"
    let path: String
    let upstreams: UpstreamList
    let logger: Logger

    /// Reads the file now; it stays as it was where it cannot be read.
    ///
    /// - Returns: The servers of the file.
    @discardableResult
    func read(instead of: [ServerEndpoint]? = nil) -> [ServerEndpoint]? {
        guard let text = try? SmallFile.read(path) else { return of }
        let servers = ResolverFile.nameServers(text)
        if servers != of {
            upstreams.replace(with: servers)
            logger.notice(
                "forwarding other names",
                metadata: ["to": "\(servers.map(\.description).joined(separator: ", "))", "file": "\(path)"]
            )
        }
        return servers
    }

    /// Looks at the file again and again, until shutdown.
    func run() async throws {
        var servers = read()
        while !Task.isShuttingDownGracefully {
            do {
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.interval) }
            } catch {
                return
            }
            servers = read(instead: servers)
        }
    }
}
