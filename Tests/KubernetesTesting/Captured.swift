import KubernetesClient

/// Answers captured from kube-apiserver 1.36.2: status line, headers, an empty line, the body.
package struct Captured {
    package let status: Int
    package let headers: [(String, String)]
    package let body: String

    package init(_ name: String) throws {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let text = String(decoding: try LocalFile.read("/\(folder)/Captured/\(name).http"), as: UTF8.self)
        let parts = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = parts[0].split(separator: "\n")
        status = Int(lines[0].split(separator: " ")[1]) ?? 0
        headers = lines.dropFirst().compactMap { line in
            let sides = line.split(separator: ": ", maxSplits: 1)
            // The server under test sets the framing itself.
            return sides.count == 2 && sides[0] != "content-length" ? (String(sides[0]), String(sides[1])) : nil
        }
        body = String(parts[1])
    }

    /// The events of a watch, one a line.
    package var lines: [String] { body.split(separator: "\n").map(String.init) }

    /// The whole answer.
    package var reply: TestReply { TestReply(status: status, headers: headers, parts: [.text(body)]) }

    /// The whole answer, byte by byte, and then the connection stays open.
    package var slowReply: TestReply {
        TestReply(status: status, headers: headers, parts: [.bytewise(body + "\n"), .hang])
    }
}
