import Yams

/// What a configuration file says: the document, where each value stands, and what to warn of.
struct ConfigurationFile: Equatable {
    /// The document over the defaults.
    var document = KubeProxyConfiguration()
    /// The line of each field that the file names.
    var origins: [String: ConfigurationOrigin] = [:]
    /// At most one line about fields that are unknown or stand twice.
    var warnings: [String] = []

    /// Reads the text of a file.
    ///
    /// Upstream decodes strictly first and, where only unknown or duplicate fields stand in the way, again leniently
    /// with one line in the log; everything else is fatal.
    ///
    /// - Parameters:
    ///   - text: YAML or JSON.
    ///   - path: The file's path, for messages.
    init(_ text: String, path: String) throws(ConfigurationError) {
        let document: YAMLDocument
        do {
            document = try YAMLDocument(text)
        } catch {
            throw ConfigurationError([.init(.file(path, line: error.line), "not valid YAML: \(error.reason)")])
        }
        guard case .mapping(let root)? = document.root else {
            throw ConfigurationError([
                .init(.file(path, line: 0), "expected a \(KubeProxyConfiguration.kind), found nothing")
            ])
        }
        var reading = Reading(path: path)
        reading.readHeader(root)
        reading.read(root, under: "")
        guard reading.problems.isEmpty else { throw ConfigurationError(reading.problems) }
        self.document = reading.document
        origins = reading.origins
        let oddities =
            reading.unknown.map { "unknown field \($0.path) (line \($0.line))" }
            + document.duplicates.map { "field \($0.key) given again after line \($0.line), the last one counts" }
        if !oddities.isEmpty { warnings = ["\(path): " + oddities.joined(separator: "; ")] }
    }

    /// The state of one walk through a document.
    private struct Reading {
        let path: String
        var document = KubeProxyConfiguration()
        var origins: [String: ConfigurationOrigin] = [:]
        var unknown: [(path: String, line: Int)] = []
        var problems: [ConfigurationProblem] = []

        /// Checks that the document is of the one kind and version.
        mutating func readHeader(_ root: Node.Mapping) {
            for (key, expected) in [
                ("apiVersion", KubeProxyConfiguration.apiVersion), ("kind", KubeProxyConfiguration.kind),
            ] {
                let node = root[key]
                guard node?.scalar?.string != expected else { continue }
                problems.append(
                    .init(
                        origin(node),
                        field: key,
                        node.map { "expected \(expected), found \(YAMLScalar($0))" } ?? "missing: must be \(expected)"
                    )
                )
            }
        }

        mutating func read(_ mapping: Node.Mapping, under prefix: String) {
            for (key, value) in mapping {
                let name = key.scalar?.string ?? "?"
                if name.hasPrefix(YAMLDocument.supersededKey) { continue }
                if prefix.isEmpty, name == "apiVersion" || name == "kind" { continue }
                let fieldPath = prefix + name
                if let field = ConfigurationField.named(fieldPath) {
                    origins[fieldPath] = origin(key)
                    do {
                        try field.assign(value, to: &document)
                    } catch {
                        problems.append(.init(origin(key), field: fieldPath, error.reason))
                    }
                } else if ConfigurationField.groups.contains(fieldPath) {
                    if case .mapping(let group) = value {
                        read(group, under: fieldPath + ".")
                    } else if YAMLScalar(value) != .null {
                        let found = "expected a mapping, found \(YAMLScalar(value))"
                        problems.append(.init(origin(key), field: fieldPath, found))
                    }
                } else {
                    unknown.append((fieldPath, key.mark?.line ?? 0))
                }
            }
        }

        private func origin(_ node: Node?) -> ConfigurationOrigin {
            .file(path, line: node?.mark?.line ?? 0)
        }
    }
}
