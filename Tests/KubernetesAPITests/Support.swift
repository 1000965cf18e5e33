import Foundation
import JSON
import KubernetesAPI
import SeededTesting
import Testing

/// The bytes of a captured answer.
func captured(_ name: String) throws -> [UInt8] {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
    return [UInt8](try Data(contentsOf: url))
}

/// The lines of a captured watch.
func capturedLines(_ name: String) throws -> [[UInt8]] {
    try captured(name).split(separator: UInt8(ascii: "\n")).map { Array($0) }
}

/// A list of one kind.
func list<Object>(_ type: Object.Type = Object.self, _ bytes: [UInt8]) throws -> ObjectList<Object> {
    var reader = JSONReader(bytes)
    return try ObjectList(from: &reader)
}

/// A status.
func status(_ bytes: [UInt8]) throws -> Status {
    var reader = JSONReader(bytes)
    return try Status(from: &reader)
}

/// A watch event.
func event<Object>(_ type: Object.Type = Object.self, _ json: String) throws -> WatchEvent<Object> {
    var reader = JSONReader(json.utf8)
    return try WatchEvent(from: &reader)
}

/// Bytes with a few of them changed, removed, doubled, or moved.
func mutated(_ bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...8, using: &random) {
        guard !bytes.isEmpty else { return bytes }
        let index = Int.random(in: 0..<bytes.count, using: &random)
        let end = min(bytes.count, index + Int.random(in: 1...40, using: &random))
        switch Int.random(in: 0..<7, using: &random) {
        case 0: bytes[index] = .random(in: .min ... .max, using: &random)
        case 1: bytes[index] = Array("{}[]:,\"\\-0et. \n#&*?|>'%!<~".utf8).randomElement(using: &random) ?? 0
        case 2: bytes.removeSubrange(index..<end)
        case 3: bytes.insert(contentsOf: bytes[index..<end], at: index)
        case 4:
            let other = Int.random(in: 0..<bytes.count, using: &random)
            bytes.swapAt(index, other)
        case 5: bytes.removeSubrange(index...)
        default:
            let part = Array(bytes[index..<end])
            bytes.insert(contentsOf: part, at: Int.random(in: 0...bytes.count, using: &random))
        }
    }
    return bytes
}
