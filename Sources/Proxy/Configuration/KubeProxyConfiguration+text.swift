import Observability

extension KubeProxyConfiguration {
    /// The document as JSON, as upstream prints it.
    public var json: String {
        "{\"kind\":\(Self.kind.quoted),\"apiVersion\":\(Self.apiVersion.quoted)"
            + entries(ConfigurationTree.root).map { ",\($0)" }.joined() + "}"
    }

    /// The document as YAML, as `--write-config-to` writes it.
    public var yaml: String {
        "apiVersion: \(Self.apiVersion)\nkind: \(Self.kind)\n" + lines(ConfigurationTree.root, indent: "").joined()
    }

    private func entries(_ tree: ConfigurationTree) -> [String] {
        tree.children.compactMap { child in
            switch child.content {
            case .field(let field):
                field.isOmittedWhenEmpty && field.isNeutral(in: self)
                    ? nil : "\(child.name.quoted):\(field.json(in: self))"
            case .group(let group):
                "\(child.name.quoted):{\(entries(group).joined(separator: ","))}"
            }
        }
    }

    private func lines(_ tree: ConfigurationTree, indent: String) -> [String] {
        tree.children.flatMap { child -> [String] in
            switch child.content {
            case .field(let field):
                if field.isOmittedWhenEmpty, field.isNeutral(in: self) { return [] }
                // JSON is YAML, so values keep their JSON form.
                return ["\(indent)\(child.name): \(field.json(in: self))\n"]
            case .group(let group):
                return ["\(indent)\(child.name):\n"] + lines(group, indent: indent + "  ")
            }
        }
    }
}

/// The fields by the parts of their paths, in the order of the table.
private struct ConfigurationTree: Sendable {
    enum Content: Sendable {
        case field(ConfigurationField)
        case group(ConfigurationTree)
    }

    var children: [(name: String, content: Content)] = []

    static let root: ConfigurationTree = {
        var root = ConfigurationTree()
        for field in ConfigurationField.all {
            root.insert(field, field.path.split(separator: ".").map(String.init)[...])
        }
        return root
    }()

    private mutating func insert(_ field: ConfigurationField, _ path: ArraySlice<String>) {
        guard let name = path.first else { return }
        guard path.count > 1 else {
            children.append((name, .field(field)))
            return
        }
        let index = children.firstIndex { $0.name == name }
        var group = ConfigurationTree()
        if let index, case .group(let existing) = children[index].content { group = existing }
        group.insert(field, path.dropFirst())
        if let index { children[index].content = .group(group) } else { children.append((name, .group(group))) }
    }
}

extension ConfigurationField {
    fileprivate func json(in configuration: KubeProxyConfiguration) -> String {
        switch target {
        case .text(let path): configuration[keyPath: path].quoted
        case .bool(let path): configuration[keyPath: path].description
        case .int(let path): configuration[keyPath: path].description
        case .number(let path): Self.json(configuration[keyPath: path])
        case .duration(let path): configuration[keyPath: path].description.quoted
        case .list(let path):
            configuration[keyPath: path].map { "[\($0.map(\.quoted).joined(separator: ","))]" } ?? "null"
        case .gates(let path):
            "{"
                + configuration[keyPath: path].sorted { $0.key < $1.key }.map { "\($0.key.quoted):\($0.value)" }
                .joined(separator: ",") + "}"
        }
    }

    private static func json(_ number: Double) -> String {
        number == number.rounded() && number.magnitude < 1e15 ? String(Int64(number)) : number.description
    }
}
