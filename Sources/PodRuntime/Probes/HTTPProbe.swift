import Addressing

/// A GET of a probe as bytes, and what is thought of the answer; pure.
struct HTTPProbe: Sendable, Hashable {
    /// Whom it goes to: `10.1.0.5:80`, `[fd00::5]:80`.
    let authority: String
    private let target: HandlerAction.HTTPRequestTarget

    /// Bytes that a status line may have.
    private static let lineLimit = 10 << 10

    init(_ target: HandlerAction.HTTPRequestTarget, address: IPAddress) {
        self.target = target
        authority = address.family == .ipv6 ? "[\(address)]:\(target.port)" : "\(address):\(target.port)"
    }

    private var path: String { target.path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } ? target.path : "/" }

    /// The request. Headers of the pod's replace those of the same name; what would break the lines is left out.
    var request: [UInt8] {
        var headers = [("Host", authority), ("User-Agent", "kube-probe/1.34"), ("Accept", "*/*")]
        for header in target.headers {
            let isClean = (header.name + header.value).utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
            guard isClean, !header.name.isEmpty else { continue }
            headers.removeAll { $0.0.lowercased() == header.name.lowercased() }
            headers.append((header.name, header.value))
        }
        var request = "GET \(path) HTTP/1.1\r\n"
        for (name, value) in headers { request += "\(name): \(value)\r\n" }
        return Array("\(request)Connection: close\r\n\r\n".utf8)
    }

    /// Whether no more need be read: the status line is there, or it never comes.
    static func isEnough(_ answer: [UInt8]) -> Bool {
        answer.contains(UInt8(ascii: "\n")) || answer.count >= lineLimit
    }

    /// 200 to 399 is success, as upstream has it.
    func outcome(_ answer: [UInt8]) -> ProbeRunner.Outcome {
        let end = answer.firstIndex { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") } ?? answer.endIndex
        let words = String(decoding: answer[..<end], as: UTF8.self).split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else {
            let scheme = target.usesTLS ? "https" : "http"
            return .init(isSuccess: false, message: "Get \"\(scheme)://\(authority)\(path)\": malformed HTTP response")
        }
        return (200..<400).contains(status)
            ? .init(isSuccess: true, message: "")
            : .init(isSuccess: false, message: "HTTP probe failed with statuscode: \(status)")
    }
}
