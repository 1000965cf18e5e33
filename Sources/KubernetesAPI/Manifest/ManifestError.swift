/// What is wrong in a file of manifests: where, and with what.
public struct ManifestError: Error, Sendable, Equatable {
    /// The file's name.
    public var file: String
    /// The line, from 1; nil for the file as a whole.
    public var line: Int?
    /// The object, the field and the reason; without the object where the text is no YAML or JSON.
    public var error: ObjectError

    /// An error from its parts.
    public init(file: String, line: Int?, error: ObjectError) {
        self.file = file
        self.line = line
        self.error = error
    }
}

extension ManifestError: CustomStringConvertible {
    /// `web.yaml:12: Service default/web: spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive`.
    public var description: String {
        var error = error
        error.offset = nil  // the line says it better
        return "\(file)\(line.map { ":\($0)" } ?? ""): \(error)"
    }
}
