import APIRegistry

/// In which form an answer is written.
struct ResponseForm: Sendable, Hashable {
    /// How it is encoded.
    enum Format: Sendable, Hashable {
        case json
        case yaml
        case protobuf
    }

    /// What is shown of objects.
    enum Shape: Sendable, Hashable {
        /// All of them.
        case object
        /// Rows of a table, `meta.k8s.io` in that version.
        case table(version: String, ObjectTable.Inclusion)
        /// Their metadata, `meta.k8s.io` in that version.
        case metadata(version: String)
        /// Discovery of all groups at once, `apidiscovery.k8s.io` in that version.
        case aggregatedDiscovery(version: String)
    }

    /// How it is encoded.
    var format: Format
    /// What is shown of objects.
    var shape: Shape

    /// JSON of whole objects.
    static let json = ResponseForm(format: .json, shape: .object)

    /// `Content-Type` of an answer that is no watch.
    var contentType: String {
        let type =
            switch format {
            case .json: "application/json"
            case .yaml: "application/yaml"
            case .protobuf: "application/vnd.kubernetes.protobuf"
            }
        return switch shape {
        case .aggregatedDiscovery(let version): "\(type);g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList"
        default: type
        }
    }

    /// `Content-Type` of a watch.
    var watchContentType: String {
        switch format {
        case .json, .yaml: "application/json"
        case .protobuf: "application/vnd.kubernetes.protobuf;stream=watch"
        }
    }

    /// How events are encoded once for all watchers; nil where each watcher has its own.
    var shared: EventForm? {
        switch (format, shape) {
        case (.protobuf, .object): .protobuf
        case (_, .object): .json
        case (.protobuf, _): nil
        case (_, .metadata): .partialJSON
        default: nil
        }
    }
}
