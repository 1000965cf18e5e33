/// What stands in a file of manifests.
public struct Manifest: Sendable, Equatable {
    /// An object, and where it begins.
    public struct Entry: Sendable, Equatable {
        /// The line on which it begins, from 1.
        public var line: Int
        /// The object, with defaults filled in as an API server fills them in.
        public var object: ManifestObject

        /// An entry from its parts.
        public init(line: Int, object: ManifestObject) {
            self.line = line
            self.object = object
        }
    }

    /// The file's name, as it is to stand in errors.
    public var file: String
    /// The objects that can be used, in the file's order.
    public var entries: [Entry]
    /// What is wrong with the others, and fields of these that there are not and that are ignored, in the file's order.
    public var errors: [ManifestError]

    /// A manifest from its parts.
    public init(file: String, entries: [Entry] = [], errors: [ManifestError] = []) {
        self.file = file
        self.entries = entries
        self.errors = errors
    }

    /// The objects without their lines.
    public var objects: [ManifestObject] { entries.map(\.object) }
}
