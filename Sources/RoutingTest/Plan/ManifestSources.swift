import JSON
import KubernetesAPI

/// Reads the manifests that a test file names.
enum ManifestSources {
    /// Every object, in order; of lists their items.
    ///
    /// - Parameter content: The bytes of the file of that path; nil where it cannot be read.
    static func read(
        _ file: TestFile,
        content: (String) -> [UInt8]?
    ) throws(TestFileErrors) -> [ClusterObjects.Source] {
        var sources: [ClusterObjects.Source] = []
        for manifest in file.manifests {
            switch manifest.source {
            case .object(let object):
                sources += items(of: object).map {
                    ClusterObjects.Source(object: $0, file: file.path, line: manifest.line)
                }
            case .file(let name):
                let path = self.path(name, besides: file.path)
                guard let bytes = content(path) else {
                    throw error(
                        file.path,
                        manifest.line,
                        "\(path) cannot be read; paths begin in the test file's folder"
                    )
                }
                sources += try read(path, bytes)
            }
        }
        return sources
    }

    /// The objects of a file of YAML, which JSON is too.
    private static func read(_ path: String, _ bytes: [UInt8]) throws(TestFileErrors) -> [ClusterObjects.Source] {
        guard bytes.count <= ManifestReader.sizeLimit else {
            throw error(path, nil, "larger than \(ManifestReader.sizeLimit >> 20) MiB; split it")
        }
        let documents: [YAMLDocument.Located]
        do {
            documents = try YAMLDocument.documents(of: bytes)
        } catch let failure {
            throw error(path, failure.line, failure.reason)
        }
        return documents.flatMap { document in
            let line = document.line(of: 0)
            return items(of: (try? JSONValue(json: document.json)) ?? .null)
                .map { ClusterObjects.Source(object: $0, file: path, line: line) }
        }
    }

    private static func error(_ file: String, _ line: Int?, _ reason: String) -> TestFileErrors {
        TestFileErrors([TestFileError(file: file, line: line, field: "", reason: reason)])
    }

    /// The objects of a `List`, or the object itself.
    private static func items(of object: JSONValue) -> [JSONValue] {
        guard object["kind"]?.string?.hasSuffix("List") == true, let items = object["items"]?.array else {
            return [object]
        }
        return items
    }

    /// A path as a test file writes it, seen from where the program runs.
    static func path(_ name: String, besides file: String) -> String {
        guard !name.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return name }
        return "\(file[...slash])\(name)"
    }
}
