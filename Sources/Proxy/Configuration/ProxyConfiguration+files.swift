import Observability

extension ProxyConfiguration {
    /// The configuration that follows from flags and the file that they name.
    ///
    /// - Throws: All problems at once.
    public static func load(_ flags: ProxyFlags) throws(ConfigurationError) -> ProxyConfiguration {
        try resolve(flags) { path in try SmallFile.read(path) }
    }

    /// Writes the document with its defaults as a configuration file (`--write-config-to`).
    public func writeDocument(to path: String) throws(ConfigurationError) {
        do {
            try SmallFile.write(document.yaml, to: path, creates: true)
        } catch {
            throw ConfigurationError([.init(.flag("write-config-to"), "cannot write \(error)")])
        }
    }
}
