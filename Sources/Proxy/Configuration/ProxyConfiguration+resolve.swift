import Observability

extension ProxyConfiguration {
    /// The configuration that follows from flags and the file that they name.
    ///
    /// With `--config`, flags for what the file says are ignored, except those for logging and `--hostname-override`.
    ///
    /// - Parameters:
    ///   - flags: What was given.
    ///   - readFile: Returns the text of the file at a path.
    /// - Throws: All problems at once.
    public static func resolve(
        _ flags: ProxyFlags,
        readFile: (String) throws -> String
    ) throws(ConfigurationError) -> ProxyConfiguration {
        var resolver = ConfigurationResolver(flags: flags)
        if let path = flags["config"], !path.isEmpty {
            try resolver.read(path, readFile)
        }
        resolver.applyFlags()
        resolver.warnOfIgnoredFields()
        resolver.document.completeDefaults()
        resolver.applyDeprecatedFlags()
        resolver.build()
        guard resolver.problems.isEmpty else { throw ConfigurationError(resolver.problems) }
        return resolver.configuration
    }
}

/// One run of ``ProxyConfiguration/resolve(_:readFile:)``.
struct ConfigurationResolver {
    let flags: ProxyFlags
    var document = KubeProxyConfiguration()
    var origins: [String: ConfigurationOrigin] = [:]
    var problems: [ConfigurationProblem] = []
    var configuration = ProxyConfiguration()
    private var file: String?

    init(flags: ProxyFlags) {
        self.flags = flags
    }

    mutating func warn(_ text: String) {
        configuration.warnings.append(text)
    }

    mutating func read(_ path: String, _ readFile: (String) throws -> String) throws(ConfigurationError) {
        let text: String
        do {
            text = try readFile(path)
        } catch {
            throw ConfigurationError([.init(.flag("config"), "cannot be read: \(error)")])
        }
        let reading = try ConfigurationFile(text, path: path)
        file = path
        document = reading.document
        origins = reading.origins
        configuration.warnings = reading.warnings
    }

    /// Brings the flags into the document.
    mutating func applyFlags() {
        var ignored: [String] = []
        var warned: Set<String> = []
        for given in flags.given {
            guard let flag = ProxyFlag.named(given.name) else {
                problems.append(.init(.flag(given.name), "unknown flag; `trama proxy --help` lists them"))
                continue
            }
            switch flag.effect {
            case .option:
                break
            case .deprecated where file != nil, .field where file != nil:
                if !ignored.contains("--\(flag.name)") { ignored.append("--\(flag.name)") }
            case .deprecated(let replacement):
                if warned.insert(flag.name).inserted {
                    warn("--\(flag.name) is deprecated: use --\(replacement)")
                }
            case .field(let path), .override(let path):
                guard let field = ConfigurationField.named(path) else { continue }
                if case .ignored(let reason) = field.use, warned.insert(flag.name).inserted {
                    warn("--\(flag.name) has no effect: \(reason)")
                }
                origins[path] = .flag(flag.name)
                do {
                    try field.assign(text: given.value, to: &document)
                } catch {
                    problems.append(.init(.flag(flag.name), error.reason))
                }
            }
        }
        if !ignored.isEmpty { warn("ignored, since --config is given: \(ignored.joined(separator: " "))") }
    }

    /// Warns once for each field of the file that has no effect and is not at its default.
    mutating func warnOfIgnoredFields() {
        let defaults = KubeProxyConfiguration()
        for field in ConfigurationField.all {
            guard case .ignored(let reason) = field.use, case .file? = origins[field.path],
                !field.isEqual(document, defaults), !field.isNeutral(in: document)
            else { continue }
            warn("\(origin(of: field.path)): \(field.path) has no effect: \(reason)")
        }
    }

    /// `--healthz-port`, `--metrics-port`, and the empty addresses that switch a server off.
    mutating func applyDeprecatedFlags() {
        guard file == nil else { return }
        for (name, path) in [
            ("healthz", \KubeProxyConfiguration.healthzBindAddress), ("metrics", \.metricsBindAddress),
        ] {
            if let address = flags["\(name)-bind-address"] {
                if address.isEmpty { document[keyPath: path] = "" }
            } else if let text = flags["\(name)-port"] {
                guard let port = UInt16(text) else {
                    problems.append(.init(.flag("\(name)-port"), "expected a port, 0...65535, found \"\(text)\""))
                    continue
                }
                let address = try? HostPort.parse(document[keyPath: path])
                let host = address?.host ?? "0.0.0.0"
                document[keyPath: path] = port == 0 ? "" : "\(ListenAddress(host: host, port: Int(port)))"
            }
        }
    }

    func origin(of path: String) -> ConfigurationOrigin { origins[path] ?? .defaults }

    mutating func fail(_ path: String, _ reason: String) {
        problems.append(.init(origin(of: path), field: path, reason))
    }

    /// The file that was read.
    var configurationFile: String? { file }
}
