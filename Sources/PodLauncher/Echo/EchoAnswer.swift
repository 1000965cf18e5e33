/// What the echo server answers; pure.
enum EchoAnswer {
    /// Who was asked, and by whom.
    struct Parties: Hashable {
        var hostName: String
        var local: String
        var client: String

        /// `hostname=web-1 address=10.1.0.5:8080 client=10.1.0.9:40000`, and an end of line.
        var line: String { "hostname=\(hostName) address=\(local) client=\(client)\n" }
    }

    /// Bytes that a request may have before its body.
    static let headLimit = 16_384

    /// Whether a connection's first bytes are HTTP; nil while there are too few.
    static func isHTTP(_ bytes: [UInt8]) -> Bool? {
        let methods = ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH "].map { Array($0.utf8) }
        if methods.contains(where: { bytes.starts(with: $0) }) { return true }
        return methods.contains { $0.starts(with: bytes) } ? nil : false
    }

    /// An answer to a whole request.
    struct Response: Hashable {
        var bytes: [UInt8]
        /// How many bytes of the input were the request.
        var consumed: Int
        /// Whether the connection is closed after it.
        var closes: Bool
    }

    /// The answer to the request at the beginning of the bytes; nil where it is not whole.
    static func response(to bytes: [UInt8], _ parties: Parties, closing: Bool) -> Response? {
        guard let end = headEnd(bytes) else {
            guard bytes.count > headLimit else { return nil }
            return refusal(400, consumed: bytes.count)
        }
        let head = String(decoding: bytes[..<end], as: UTF8.self)
        let lines = head.split(whereSeparator: \.isNewline)
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 3 else { return refusal(400, consumed: bytes.count) }
        var length = 0
        var closes = closing || words[2] == "HTTP/1.0"
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let value = parts[1].drop { $0 == " " }
            switch parts[0].lowercased() {
            case "content-length": length = Int(value) ?? -1
            case "connection" where value.lowercased() == "close": closes = true
            case "transfer-encoding": length = -1
            default: break
            }
        }
        guard (0...1 << 20).contains(length) else { return refusal(413, consumed: bytes.count) }
        guard bytes.count >= end + length else { return nil }
        let body = bytes[end..<(end + length)]
        let (status, text) = content(method: words[0], path: words[1], body: body, parties)
        var answer = "HTTP/1.1 \(status) \(reason(status))\r\nContent-Type: text/plain\r\n"
        answer += "Content-Length: \(text.count)\r\nConnection: \(closes ? "close" : "keep-alive")\r\n\r\n"
        return Response(
            bytes: Array(answer.utf8) + (words[0] == "HEAD" ? [] : text),
            consumed: end + length,
            closes: closes
        )
    }

    private static func content(
        method: Substring,
        path: Substring,
        body: ArraySlice<UInt8>,
        _ parties: Parties
    ) -> (status: Int, text: [UInt8]) {
        let path = path.prefix { $0 != "?" }
        switch path {
        case "/hostname": return (200, Array("\(parties.hostName)\n".utf8))
        case "/clientip": return (200, Array("\(parties.client)\n".utf8))
        case "/healthz": return (200, Array("ok\n".utf8))
        case _ where path.hasPrefix("/status/"):
            let status = Int(path.dropFirst(8)) ?? 0
            return (100..<600).contains(status) && status >= 200 ? (status, []) : (400, [])
        default:
            return (200, Array((parties.line + "\(method) \(path)\n").utf8) + body)
        }
    }

    private static func refusal(_ status: Int, consumed: Int) -> Response {
        let text = "HTTP/1.1 \(status) \(reason(status))\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        return Response(bytes: Array(text.utf8), consumed: consumed, closes: true)
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 413: "Content Too Large"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        default: "Status"
        }
    }

    /// Where the body begins.
    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        guard bytes.count >= 4 else { return nil }
        for start in 0...(min(bytes.count, headLimit + 4) - 4) where Array(bytes[start..<start + 4]) == mark {
            return start + 4
        }
        return nil
    }
}
