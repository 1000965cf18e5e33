import APISchema
import Foundation
import JSON
import Testing

/// What a stock server answered.
enum Captured {
    /// The bytes of a fixture, such as `pod.json`.
    static func bytes(_ name: String) throws -> [UInt8] {
        let parts = name.split(separator: ".")
        let url = try #require(
            Bundle.module.url(
                forResource: String(parts[0]),
                withExtension: String(parts[1]),
                subdirectory: "Fixtures"
            )
        )
        return Array(try Data(contentsOf: url))
    }

    /// A fixture's JSON.
    static func json(_ name: String) throws -> JSONValue { try JSONValue(json: bytes("\(name).json")) }
}

extension JSONValue {
    /// The names of all objects within, one after the other: their order is what upstream's structs have.
    var text: String { String(decoding: json, as: UTF8.self) }
}

let core = "io.k8s.api.core.v1"
