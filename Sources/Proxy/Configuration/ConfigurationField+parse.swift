import Yams

/// Why a value does not fit its field: what the field takes.
struct ValueError: Error, Equatable {
    var reason: String
}

extension ConfigurationField {
    /// Assigns a value of the file; null leaves the default.
    func assign(_ node: Node, to configuration: inout KubeProxyConfiguration) throws(ValueError) {
        let scalar = YAMLScalar(node)
        if scalar == .null { return }
        switch (target, scalar) {
        case (.text(let path), .text(let text)):
            if !(zeroIsDefault && text.isEmpty) { configuration[keyPath: path] = text }
        case (.bool(let path), .bool(let value)):
            configuration[keyPath: path] = value
        case (.int(let path), .int(let value)):
            guard Int32(exactly: value) != nil else { throw ValueError(reason: "\(value) does not fit in 32 bits") }
            if !(zeroIsDefault && value == 0) { configuration[keyPath: path] = value }
        case (.number(let path), .int(let value)):
            if !(zeroIsDefault && value == 0) { configuration[keyPath: path] = Double(value) }
        case (.number(let path), .number(let value)):
            if !(zeroIsDefault && value == 0) { configuration[keyPath: path] = value }
        case (.duration, .text(let text)):
            try assign(text: text, to: &configuration)
        case (.duration(let target), .int(let nanoseconds)) where path == "logging.flushFrequency":
            // component-base's TimeOrMetaDuration, which kubeadm writes as 0.
            if nanoseconds != 0 { configuration[keyPath: target] = GoDuration(.nanoseconds(nanoseconds)) }
        case (.list(let path), .list(let nodes)):
            var list: [String] = []
            for node in nodes {
                guard case .text(let text) = YAMLScalar(node) else {
                    throw ValueError(reason: "expected a list of texts, found \(YAMLScalar(node)) in it")
                }
                list.append(text)
            }
            configuration[keyPath: path] = list
        case (.gates(let path), .mapping(let pairs)):
            for (key, value) in pairs {
                guard case .bool(let isOn) = YAMLScalar(value) else {
                    throw ValueError(reason: "expected true or false for \(key), found \(YAMLScalar(value))")
                }
                configuration[keyPath: path][key] = isOn
            }
        default:
            throw ValueError(reason: "expected \(expectation), found \(scalar)")
        }
    }

    /// Assigns a value of the command line, in the form that Go's pflag reads.
    func assign(text: String, to configuration: inout KubeProxyConfiguration) throws(ValueError) {
        let mismatch = ValueError(reason: "expected \(expectation), found \"\(text)\"")
        switch target {
        case .text(let path):
            configuration[keyPath: path] = text
        case .bool(let path):
            guard let value = Bool(goText: text) else { throw mismatch }
            configuration[keyPath: path] = value
        case .int(let path):
            guard let value = Int32(text) else { throw mismatch }
            configuration[keyPath: path] = Int(value)
        case .number(let path):
            guard let value = Double(text), value.isFinite else { throw mismatch }
            configuration[keyPath: path] = value
        case .duration(let path):
            guard let value = GoDuration(text) else { throw mismatch }
            if !(zeroIsDefault && value.duration == .zero) { configuration[keyPath: path] = value }
        case .list(let path):
            let list = text.split(separator: ",").map(String.init)
            configuration[keyPath: path] = (configuration[keyPath: path] ?? []) + list
        case .gates(let path):
            for pair in text.split(separator: ",") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, let isOn = Bool(goText: String(parts[1])) else { throw mismatch }
                configuration[keyPath: path][String(parts[0])] = isOn
            }
        }
    }

    /// What the field takes, for messages.
    private var expectation: String {
        switch target {
        case .text: "a text"
        case .bool: "true or false"
        case .int: "an integer"
        case .number: "a number"
        case .duration: "a duration (e.g. \"30s\", \"1h2m\")"
        case .list: "a list of texts"
        case .gates: "names with true or false"
        }
    }

    /// Whether both configurations have the same value in this field.
    func isEqual(_ left: KubeProxyConfiguration, _ right: KubeProxyConfiguration) -> Bool {
        switch target {
        case .text(let path): left[keyPath: path] == right[keyPath: path]
        case .bool(let path): left[keyPath: path] == right[keyPath: path]
        case .int(let path): left[keyPath: path] == right[keyPath: path]
        case .number(let path): left[keyPath: path] == right[keyPath: path]
        case .duration(let path): left[keyPath: path] == right[keyPath: path]
        case .list(let path): left[keyPath: path] ?? [] == right[keyPath: path] ?? []
        case .gates(let path): left[keyPath: path] == right[keyPath: path]
        }
    }

    /// Whether the value asks for nothing: false, zero or empty, as generated files fill fields in.
    func isNeutral(in configuration: KubeProxyConfiguration) -> Bool {
        switch target {
        case .text(let path): configuration[keyPath: path].isEmpty
        case .bool(let path): !configuration[keyPath: path]
        case .int(let path): configuration[keyPath: path] == 0
        case .number(let path): configuration[keyPath: path] == 0
        case .duration(let path): configuration[keyPath: path].duration == .zero
        case .list(let path): configuration[keyPath: path]?.isEmpty ?? true
        case .gates(let path): configuration[keyPath: path].isEmpty
        }
    }

    /// Whether the field takes true or false, and so a flag for it needs no value.
    var isBoolean: Bool {
        if case .bool = target { true } else { false }
    }
}

extension Bool {
    /// The forms of Go's `strconv.ParseBool`.
    init?(goText text: String) {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": self = true
        case "0", "f", "F", "false", "FALSE", "False": self = false
        default: return nil
        }
    }
}
