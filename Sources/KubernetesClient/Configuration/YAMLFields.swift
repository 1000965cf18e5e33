import Yams

/// A YAML mapping whose fields are read by name and type, with errors that say which field is meant.
struct YAMLFields {
    /// The file's path.
    let origin: String
    /// The path of this mapping in the file, such as `users[admin].user`; empty for the whole document.
    let path: String
    private let mapping: Node.Mapping

    private init(_ mapping: Node.Mapping, path: String, origin: String) {
        self.mapping = mapping
        self.path = path
        self.origin = origin
    }

    /// The mapping that a document consists of; an empty document is an empty mapping.
    init(document bytes: [UInt8], origin: String) throws(ConfigurationError) {
        let node: Node?
        do {
            node = try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw ConfigurationError(origin: origin, reason: "is not YAML: \(error)")
        }
        guard let node, node.null == nil || node.mapping != nil else {
            self.init([:], path: "", origin: origin)
            return
        }
        guard let mapping = node.mapping else {
            throw ConfigurationError(origin: origin, reason: "is not a kubeconfig: the file is not a mapping")
        }
        self.init(mapping, path: "", origin: origin)
    }

    /// An error about a field of this mapping.
    func error(_ key: String, _ reason: String) -> ConfigurationError {
        ConfigurationError(origin: origin, field: child(key), reason: reason)
    }

    /// The text under a key; nil where the key is missing, null or empty, which all mean "not set" here.
    func string(_ key: String) throws(ConfigurationError) -> String? {
        guard let node = value(key) else { return nil }
        guard let scalar = node.scalar else { throw error(key, "is not a text") }
        return scalar.string.isEmpty ? nil : scalar.string
    }

    /// The truth value under a key; nil where the key is missing or null.
    func bool(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let node = value(key) else { return nil }
        guard let bool = node.bool else { throw error(key, "is neither true nor false") }
        return bool
    }

    /// The texts of a list under a key; none where the key is missing or null.
    func strings(_ key: String) throws(ConfigurationError) -> [String] {
        var result: [String] = []
        for (index, node) in try sequence(key).enumerated() {
            guard let scalar = node.scalar else { throw error("\(key)[\(index)]", "is not a text") }
            result.append(scalar.string)
        }
        return result
    }

    /// The mapping under a key; nil where the key is missing or null.
    func fields(_ key: String) throws(ConfigurationError) -> YAMLFields? {
        guard let node = value(key) else { return nil }
        guard let mapping = node.mapping else { throw error(key, "is not a mapping") }
        return YAMLFields(mapping, path: child(key), origin: origin)
    }

    /// The mapping under a key that must be there.
    func required(_ key: String) throws(ConfigurationError) -> YAMLFields {
        guard let fields = try fields(key) else { throw error(key, "is missing") }
        return fields
    }

    /// The mappings of a list under a key; none where the key is missing or null.
    func list(_ key: String) throws(ConfigurationError) -> [YAMLFields] {
        var result: [YAMLFields] = []
        for (index, node) in try sequence(key).enumerated() {
            guard let mapping = node.mapping else { throw error("\(key)[\(index)]", "is not a mapping") }
            result.append(YAMLFields(mapping, path: child("\(key)[\(index)]"), origin: origin))
        }
        return result
    }

    /// The mappings of a list, each with the name that it holds under `name`; their paths show that name.
    func named(_ key: String) throws(ConfigurationError) -> [(name: String, fields: YAMLFields)] {
        var result: [(name: String, fields: YAMLFields)] = []
        for entry in try list(key) {
            guard let name = try entry.string("name") else { throw entry.error("name", "is missing") }
            result.append((name, YAMLFields(entry.mapping, path: child("\(key)[\(name)]"), origin: origin)))
        }
        return result
    }

    private func value(_ key: String) -> Node? {
        guard let node = mapping[Node(key)], node.null == nil else { return nil }
        return node
    }

    private func sequence(_ key: String) throws(ConfigurationError) -> Node.Sequence {
        guard let node = value(key) else { return [] }
        guard let sequence = node.sequence else { throw error(key, "is not a list") }
        return sequence
    }

    private func child(_ key: String) -> String {
        path.isEmpty ? key : "\(path).\(key)"
    }
}
