import Glibc

/// Watches one folder by its path, whatever happens to what stands there: made late, removed, renamed, swapped.
///
/// Two watches: the folder, for its entries, and the folder above (or the nearest one that exists), for the folder
/// itself. A watch is always set before the folder is read, so that nothing falls in between.
package struct DirectoryWatch: ~Copyable {
    /// What became of an entry of the folder.
    package enum EntryChange: Sendable, Equatable {
        /// It is gone.
        case removed
        /// It is there, and nothing says that somebody is still writing it.
        case complete
        /// It was just made, and is still being written.
        case beingWritten
        /// Its permissions changed.
        case attributes
    }

    /// What happened since the last time.
    package struct Changes: Sendable, Equatable {
        /// The last change of each entry.
        package var entries: [String: EntryChange] = [:]
        /// True where all entries must be looked at: reports were lost.
        package var everything = false
        /// True where another folder, or none, stands at the path now.
        package var folder = false

        /// True where waiting a moment may show that nothing is gone: editors remove a file before they write it again.
        var removesSomething: Bool { folder || entries.values.contains(.removed) }
    }

    /// The state of the path.
    package enum State: Sendable, Equatable {
        /// The folder is watched.
        case watching
        /// There is no such folder, or it may not be read; `reason` says which.
        case unavailable(reason: String)
    }

    private static let entryMask = UInt32(
        IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_ONLYDIR
    )
    private static let folderMask = UInt32(
        IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR
    )

    /// The folder's path, without a slash at the end.
    package let path: String
    private let inotify: Inotify
    private var folder: Int32?
    private var parent: Int32?
    /// The entry of the parent that leads to the folder.
    private var parentEntry = ""

    package init(path: String) throws(Inotify.CallError) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        inotify = try Inotify()
    }

    /// Sets the watches anew for what stands at the path now.
    package mutating func open() -> State {
        close()
        var child = path
        while true {
            let (above, entry) = Self.split(child)
            if let watch = try? inotify.add(above, mask: Self.folderMask) {
                parent = watch
                parentEntry = entry
                break
            }
            // The root is always there; a relative path ends at ".".
            guard above != child, above != "." else { break }
            child = above
        }
        do {
            let watch = try inotify.add(path, mask: Self.entryMask)
            if watch == parent {
                // "/" or ".": the folder is its own parent, and cannot be replaced.
                parent = nil
            }
            folder = watch
            return .watching
        } catch {
            return .unavailable(reason: String(cString: strerror(error.errno)))
        }
    }

    private mutating func close() {
        if let folder { inotify.remove(folder) }
        if let parent { inotify.remove(parent) }
        folder = nil
        parent = nil
        _ = inotify.take()
    }

    /// Waits until something happened; nil where the task is cancelled.
    package func next() async -> Changes? {
        while let reports = await inotify.next() {
            let changes = changes(reports)
            if changes != Changes() { return changes }
        }
        return nil
    }

    /// Takes what happened since, without waiting.
    func take() -> Changes {
        changes(inotify.take())
    }

    private func changes(_ reports: Inotify.Reports) -> Changes {
        var changes = Changes(everything: reports.lostSome)
        for event in reports.events {
            if event.watch == folder {
                changes.note(event)
            } else if event.watch == parent, event.name.isEmpty || event.name == parentEntry {
                changes.folder = true
            }
        }
        return changes
    }

    /// The folder above a path, and the path's last part.
    private static func split(_ path: String) -> (above: String, entry: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let entry = String(path[path.index(after: slash)...])
        return slash == path.startIndex ? ("/", entry) : (String(path[..<slash]), entry)
    }
}

extension DirectoryWatch.Changes {
    /// Takes in a report about an entry, or about the folder itself.
    fileprivate mutating func note(_ event: Inotify.Event) {
        let mask = event.mask
        guard !event.name.isEmpty else {
            // The kernel ended the watch: the folder is gone or its file system unmounted.
            if mask & UInt32(IN_IGNORED | IN_UNMOUNT) != 0 { folder = true }
            return
        }
        if mask & UInt32(IN_DELETE | IN_MOVED_FROM) != 0 {
            entries[event.name] = .removed
        } else if mask & UInt32(IN_CLOSE_WRITE | IN_MOVED_TO) != 0 {
            entries[event.name] = .complete
        } else if mask & UInt32(IN_CREATE) != 0 {
            entries[event.name] = .beingWritten
        } else if entries[event.name] == nil {
            entries[event.name] = .attributes
        }
    }

    /// Adds what happened later.
    mutating func merge(_ later: DirectoryWatch.Changes) {
        entries.merge(later.entries) { earlier, later in later == .attributes ? earlier : later }
        everything = everything || later.everything
        folder = folder || later.folder
    }
}
