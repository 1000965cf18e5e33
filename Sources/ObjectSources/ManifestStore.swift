import KubernetesAPI
import ServiceRouting

/// What the manifests of a folder say together. Pure: bytes in, changes and complaints out.
///
/// Of several definitions of one object the one in the file that comes first by name is used; inside a file, the
/// first. A definition that cannot be used leaves in use what the file said of that object before; a file that is not
/// YAML, all it said before.
struct ManifestStore: Sendable {
    /// What follows from a change of a file.
    struct Outcome: Sendable {
        /// Objects that have another content now, or are gone.
        var changes: [ObjectChange] = []
        /// What is wrong, each told once for a content of the file.
        var diagnostics: [ManifestDiagnostic] = []

        mutating func append(_ other: Outcome) {
            changes += other.changes
            diagnostics += other.diagnostics
        }
    }

    private struct File: Sendable {
        /// Nil where the file could not be read.
        var bytes: [UInt8]?
        var objects: [ObjectIdentity: ManifestObject] = [:]
        /// The complaint that was told of a file that cannot be read.
        var failure: String?
    }

    private let nodeName: String
    private var files: [String: File] = [:]
    /// The files that define an object.
    private var definitions: [ObjectIdentity: Set<String>] = [:]

    /// An empty store.
    ///
    /// - Parameter nodeName: The only Node that counts.
    init(nodeName: String) {
        self.nodeName = nodeName
    }

    /// The files that are known, in order.
    var fileNames: [String] { files.keys.sorted() }

    /// Number of objects in use.
    var objectCount: Int { definitions.count }

    /// True where the last try to read a file failed.
    func isUnread(_ file: String) -> Bool { files[file]?.failure != nil }

    // MARK: Changes of files

    /// Takes in the content of a file.
    mutating func update(_ file: String, bytes: [UInt8]) -> Outcome {
        guard files[file]?.bytes != bytes else {
            files[file]?.failure = nil
            return Outcome()
        }
        let reading = ManifestReading(bytes, file: file, nodeName: nodeName)
        var outcome = Outcome(diagnostics: reading.diagnostics)
        let before = files[file]?.objects ?? [:]
        let after = reading.merged(into: before)
        files[file] = File(bytes: bytes, objects: before)
        outcome.append(replace(file, before, with: after))
        return outcome
    }

    /// Takes note that a file is gone.
    mutating func remove(_ file: String) -> Outcome {
        guard let before = files[file]?.objects else { return Outcome() }
        let outcome = replace(file, before, with: [:])
        files[file] = nil
        return outcome
    }

    /// Takes note that a file cannot be read; what it held stays in use.
    mutating func fail(_ file: String, reason: String) -> Outcome {
        guard files[file]?.failure != reason else { return Outcome() }
        files[file, default: File()].failure = reason
        return Outcome(diagnostics: [ManifestDiagnostic(file: file, line: nil, reason: reason)])
    }

    // MARK: Objects

    private mutating func replace(
        _ file: String,
        _ before: [ObjectIdentity: ManifestObject],
        with after: [ObjectIdentity: ManifestObject]
    ) -> Outcome {
        var outcome = Outcome()
        let touched = Set(before.keys).union(after.keys)
        for identity in touched.sorted(by: { $0.description < $1.description }) {
            let inUse = object(identity)
            let wasConflict = (definitions[identity]?.count ?? 0) > 1
            files[file]?.objects[identity] = after[identity]
            if after[identity] == nil {
                definitions[identity]?.remove(file)
                if definitions[identity]?.isEmpty == true { definitions[identity] = nil }
            } else {
                definitions[identity, default: []].insert(file)
            }
            let nowInUse = object(identity)
            if inUse != nowInUse { outcome.changes.append(identity.change(to: nowInUse)) }
            if !wasConflict, let conflict = conflict(identity) { outcome.diagnostics.append(conflict) }
        }
        return outcome
    }

    /// The definition in use.
    private func object(_ identity: ObjectIdentity) -> ManifestObject? {
        guard let first = definitions[identity]?.min() else { return nil }
        return files[first]?.objects[identity]
    }

    /// The complaint where several files define an object.
    private func conflict(_ identity: ObjectIdentity) -> ManifestDiagnostic? {
        guard let names = definitions[identity]?.sorted(), names.count > 1 else { return nil }
        let others = names.dropFirst().joined(separator: ", ")
        return ManifestDiagnostic(
            file: others,
            line: nil,
            reason: "\(identity) is defined in \(names[0]) too, which comes first by name and is used; remove one"
        )
    }
}

/// Something wrong with a manifest.
struct ManifestDiagnostic: Sendable, Equatable, CustomStringConvertible {
    /// The file's name in its folder.
    var file: String
    /// The line, from 1; nil where the whole file is meant.
    var line: Int?
    /// The object and field, what is wrong, and the remedy where one is known.
    var reason: String

    /// `file:line: reason`.
    var description: String {
        line.map { "\(file):\($0): \(reason)" } ?? "\(file): \(reason)"
    }
}
