import JSON

/// The configuration that pods get their network by: the overlay's plug-in and nothing else.
enum ConfigurationList {
    /// What our file is called: others may come before it.
    static let fileName = "10-trama.conflist"

    /// The file.
    ///
    /// - Parameters:
    ///   - socket: Where the overlay listens.
    ///   - stateFolder: Where the overlay keeps its state.
    static func make(socket: String, stateFolder: String) -> JSONValue {
        [
            "cniVersion": "1.0.0",
            "name": "trama",
            "plugins": [
                ["type": "trama-cni", "socket": .string(socket), "stateDirectory": .string(stateFolder)]
            ],
        ]
    }

    /// Whether a file of that name is one that runtimes read.
    static func isConfiguration(_ name: String) -> Bool {
        [".conflist", ".conf", ".json"].contains { name.hasSuffix($0) }
    }
}
