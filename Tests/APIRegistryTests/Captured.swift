import JSON

@testable import APIRegistry

#if canImport(Glibc)
import Glibc
#endif

/// What kube-apiserver 1.36.2 answered.
struct Captured {
    /// The HTTP status.
    let code: Int
    /// The body, parsed.
    let body: JSONValue

    init(_ name: String) throws {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let bytes = try Self.read("/\(folder)/Fixtures/\(name).http")
        let text = String(decoding: bytes, as: UTF8.self)
        let separator = text.utf8.firstRange(of: "\n\n".utf8) ?? text.endIndex..<text.endIndex
        code = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        body = try JSONValue(json: Array(text.utf8[separator.upperBound...]))
    }

    /// A fixture that is JSON and nothing else.
    static func json(_ name: String) throws -> JSONValue {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return try JSONValue(json: read("/\(folder)/Fixtures/\(name).json"))
    }

    private struct Unreadable: Error {
        let path: String
    }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }
}
