import Glibc
public import KubernetesClient
public import Logging
import ServiceRouting

/// The objects in the manifests of one folder, followed as the files change.
///
/// Files that end in `.yaml`, `.yml` or `.json` are read, links among them; hidden files, copies of editors and
/// folders inside are not. A file that cannot be used keeps what it held before. The folder may be made later; where
/// it goes, its objects stay until it is back. Changes of a link's target are seen where the link, or a hidden entry
/// such as the `..data` of a mounted ConfigMap, changes in the folder itself.
public struct ManifestSource: ObjectSource {
    /// How long to wait, where something is gone, for it to come back: editors remove a file and write it again.
    private static let settleTime: Duration = .milliseconds(200)

    private let folder: ManifestFolder
    private let nodeName: String
    private let logger: Logger
    private let time: Timekeeper

    /// A source; nothing is read before it runs.
    ///
    /// - Parameters:
    ///   - directory: The folder.
    ///   - nodeName: The name of this node; manifests of other Nodes are left alone. Empty: those of
    ///     all Nodes are.
    ///   - logger: Is told what is wrong with which file.
    ///   - time: The passing of time; tests give their own.
    public init(directory: String, nodeName: String, logger: Logger, time: Timekeeper = .continuous) {
        folder = ManifestFolder(path: directory)
        self.nodeName = nodeName
        self.logger = logger
        self.time = time
    }

    /// Reads the folder and follows it, until the task is cancelled.
    ///
    /// - Throws: Where the kernel gives no inotify instance.
    public func run(into queue: ObjectChangeQueue) async throws {
        var watch: DirectoryWatch
        do {
            watch = try DirectoryWatch(path: folder.path)
        } catch {
            throw ManifestSourceError(reason: "\(error); raise the sysctl fs.inotify.max_user_instances")
        }
        var store = ManifestStore(nodeName: nodeName)
        var trouble: String?
        while !Task.isCancelled {
            switch watch.open() {
            case .unavailable(let reason):
                let message = waitingMessage(reason: reason, keeping: store.objectCount)
                if message != trouble { logger.warning("\(message)") }
                trouble = message
                guard await watch.next() != nil else { return }
            case .watching:
                if trouble != nil { logger.notice("reading manifests of \(folder.path)") }
                trouble = nil
                publish(scan(&store), to: queue, completes: true)
                await follow(watch, &store, into: queue)
            }
        }
    }

    private func waitingMessage(reason: String, keeping count: Int) -> String {
        let rest = count == 0 ? "" : "; its \(count) objects stay in use"
        return "waiting for the manifest folder \(folder.path): \(reason)\(rest)"
    }

    /// Takes up changes until another folder stands at the path.
    private func follow(
        _ watch: borrowing DirectoryWatch,
        _ store: inout ManifestStore,
        into queue: ObjectChangeQueue
    ) async {
        while var changes = await watch.next() {
            if changes.removesSomething {
                do {
                    try await time.sleep(Self.settleTime)
                } catch {
                    return
                }
                changes.merge(watch.take())
            }
            guard !changes.folder else { return }
            publish(changes.everything ? scan(&store) : update(&store, changes.entries), to: queue)
        }
    }

    private func publish(_ outcome: ManifestStore.Outcome, to queue: ObjectChangeQueue, completes: Bool = false) {
        for diagnostic in outcome.diagnostics {
            logger.error("\(folder.path)/\(diagnostic)")
        }
        queue.put(outcome.changes, completes: completes)
    }

    // MARK: Reading

    /// Looks at every manifest of the folder.
    private func scan(_ store: inout ManifestStore) -> ManifestStore.Outcome {
        let names: [String]
        do {
            names = try folder.names()
        } catch {
            logger.error("cannot read the manifest folder: \(error)")
            return ManifestStore.Outcome()
        }
        var outcome = ManifestStore.Outcome()
        for name in store.fileNames where !names.contains(name) {
            outcome.append(store.remove(name))
        }
        for name in names {
            outcome.append(read(name, into: &store))
        }
        return outcome
    }

    private func update(
        _ store: inout ManifestStore,
        _ entries: [String: DirectoryWatch.EntryChange]
    ) -> ManifestStore.Outcome {
        var outcome = ManifestStore.Outcome()
        var linksMayLeadElsewhere = false
        // What is gone comes first: a file that was renamed does not contradict itself.
        let ordered = entries.sorted {
            ($0.value == .removed ? 0 : 1, $0.key) < ($1.value == .removed ? 0 : 1, $1.key)
        }
        for (name, change) in ordered {
            guard ManifestFolder.isManifest(name) else {
                linksMayLeadElsewhere = linksMayLeadElsewhere || change != .attributes
                continue
            }
            switch change {
            case .removed, .complete:
                outcome.append(read(name, into: &store))
            case .beingWritten:
                // Half of a file may be valid YAML: it is read when it is closed. Links have no such moment.
                if folder.entry(name) != .file(isShared: false) { outcome.append(read(name, into: &store)) }
            case .attributes:
                if store.isUnread(name) { outcome.append(read(name, into: &store)) }
            }
        }
        if linksMayLeadElsewhere {
            let names = Set((try? folder.names()) ?? []).union(store.fileNames)
            for name in names.sorted() where entries[name] == nil && folder.entry(name) == .link {
                outcome.append(read(name, into: &store))
            }
        }
        return outcome
    }

    /// Reads a manifest, or takes note that it is gone.
    private func read(_ name: String, into store: inout ManifestStore) -> ManifestStore.Outcome {
        guard folder.leadsToFile(name) else { return store.remove(name) }
        do {
            return store.update(name, bytes: try folder.read(name))
        } catch {
            return error.errno == ENOENT ? store.remove(name) : store.fail(name, reason: "cannot be read: \(error)")
        }
    }
}

/// Why a folder of manifests can never be followed.
public struct ManifestSourceError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, and the remedy.
    public var reason: String

    /// `cannot watch manifests: reason`.
    public var description: String { "cannot watch manifests: \(reason)" }
}
