import JSON

/// Reads files of manifests: YAML documents, or JSON values, with objects or lists of objects.
///
/// What cannot be read does not take anything else with it: a document that is no YAML leaves the others of the file,
/// an object that is no good the others of its list.
public struct ManifestReader: Sendable {
    /// The largest file that is read, in bytes.
    public static let sizeLimit = 64 << 20

    /// The file's name; one that ends in `.json` holds JSON, all others YAML.
    private let file: String

    /// A reader of the file of that name, which is not opened.
    public init(file: String) {
        self.file = file
    }

    /// Reads the file's bytes.
    public func read(_ bytes: [UInt8]) -> Manifest {
        guard bytes.count <= Self.sizeLimit else {
            let error = ObjectError(reason: "the file is larger than \(Self.sizeLimit >> 20) MiB; split it")
            return Manifest(file: file, errors: [ManifestError(file: file, line: nil, error: error)])
        }
        var builder = ManifestBuilder(file: file)
        if file.hasSuffix(".json") {
            builder.addJSON(bytes)
        } else {
            builder.addYAML(bytes)
        }
        return builder.manifest
    }
}

extension ManifestBuilder {
    /// Adds values that stand one after the other.
    fileprivate mutating func addJSON(_ bytes: [UInt8]) {
        let lines = LineTable(of: bytes)
        var reader = JSONReader(bytes)
        while !reader.isAtEnd() {
            let start = reader.position
            do {
                // Everything is walked through first, so that an object half read is not taken for one.
                try reader.checkNames()
            } catch {
                // Where a value is no JSON, nobody knows where the next one begins.
                add(ObjectError(error, kind: nil, in: reader, from: start.offset), line: lines.line(of: error.offset))
                return
            }
            let end = reader.position
            reader.rewind(to: start)
            addDocument(reader, lines: lines)
            reader.rewind(to: end)
        }
    }

    /// Adds documents that are separated by lines of `---`.
    fileprivate mutating func addYAML(_ bytes: [UInt8]) {
        for document in YAMLText(bytes).documents {
            do {
                guard let (json, lines) = try YAMLConverter.convert(document) else { continue }
                addDocument(JSONReader(json), lines: lines)
            } catch {
                add(ObjectError(reason: error.reason), line: error.line)
            }
        }
    }
}
