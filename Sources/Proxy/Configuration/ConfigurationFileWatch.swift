public import Logging
import ObjectSources
import Observability
public import ServiceLifecycle

/// The configuration file is not what the process was started with.
public struct ConfigurationFileChanged: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path of the file.
    public var path: String

    /// What happened, and what follows.
    public var description: String {
        "the configuration file \(path) has changed: ending, so that the supervisor starts the proxy with the new one"
    }
}

/// Ends the process when the content of its configuration file changes, as upstream does: a new configuration is taken
/// by a new process, and the rules stay meanwhile.
///
/// The folder is watched, not the file, so that it notices replacement by rename and the swapped links of mounted
/// ConfigMaps. A file that is gone is no reason to end: it is usually about to be written.
public struct ConfigurationFileWatch: Service, CustomStringConvertible {
    /// The path of the file.
    public let path: String
    private let content: String?
    private let logger: Logger

    /// Takes the present content as the one that the process was started with.
    public init(path: String, logger: Logger) {
        self.path = path
        content = try? SmallFile.read(path)
        self.logger = logger
    }

    /// For the service group.
    public var description: String { "configuration file watch" }

    /// Watches until shutdown.
    ///
    /// - Throws: ``ConfigurationFileChanged`` once the content differs.
    public func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await watch() }
        } catch is CancellationError {
            return
        } catch let error as Inotify.CallError {
            logger.warning(
                "Cannot watch the configuration file: restart the proxy after changing it",
                metadata: ["path": "\(path)", "error": "\(error)"]
            )
            try? await gracefulShutdown()
        }
    }

    private func watch() async throws {
        var folder = try DirectoryWatch(path: path.lastIndex(of: "/").map { String(path[...$0]) } ?? ".")
        _ = folder.open()
        while true {
            // After the watch is set, so that no change falls in between.
            if let now = try? SmallFile.read(path), now != content { throw ConfigurationFileChanged(path: path) }
            guard let changes = await folder.next() else { throw CancellationError() }
            if changes.folder { _ = folder.open() }
        }
    }
}
