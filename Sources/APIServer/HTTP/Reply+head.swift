import APIRegistry
import HTTPTypes
import JSON
import KubernetesAPI
import NIOCore

extension Reply {
    /// A refusal as an answer.
    ///
    /// - Parameters:
    ///   - accept: What the client accepts.
    ///   - protobuf: Writes it for a client that prefers protobuf.
    init(refusal: Refusal, accept: AcceptHeader, protobuf: ProtobufWriter) {
        self.init(refusal: refusal)
        let form = accept.form(AcceptHeader.Offer(hasObjects: true))
        guard form?.format == .protobuf, let encoded = protobuf.status(refusal.status) else { return }
        contentType = form?.contentType
        body = .bytes(encoded)
    }

    /// A refusal as an answer in JSON.
    init(refusal: Refusal) {
        self.init(status: refusal.reason.code, contentType: "application/json", refusal.status.json)
        if let seconds = refusal.details?.retryAfterSeconds { headers.append(("Retry-After", "\(seconds)")) }
        if refusal.reason == .unauthorized { headers.append(("Www-Authenticate", #"Bearer realm="trama""#)) }
    }

    /// Status line and headers.
    func head(auditID: String) -> HTTPResponse {
        var fields = HTTPFields()
        if let name = HTTPField.Name("Audit-Id") { fields[name] = auditID }
        fields[.cacheControl] = "no-cache, private"
        if let contentType { fields[.contentType] = contentType }
        for (name, value) in headers {
            guard let name = HTTPField.Name(name) else { continue }
            fields[name] = value
        }
        if let name = HTTPField.Name("Warning") {
            for warning in warnings { fields.append(HTTPField(name: name, value: Self.warning(warning))) }
        }
        return HTTPResponse(status: HTTPResponse.Status(code: status), headerFields: fields)
    }

    /// A warning as RFC 7234, section 5.5, has it.
    private static func warning(_ text: String) -> String {
        var quoted = ""
        for scalar in text.unicodeScalars where scalar.value >= 0x20 && scalar.value != 0x7f {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return "299 - \"\(quoted)\""
    }

    /// Writes the body, which is JSON until then, as YAML.
    mutating func writeYAML() {
        var bytes: [UInt8] = []
        switch body {
        case .bytes(let json): bytes = json
        case .list(let list): for piece in list { bytes.append(contentsOf: piece.readableBytesView) }
        case .none, .watch, .event, .node: return
        }
        guard let value = try? JSONValue(json: bytes) else { return }
        body = .bytes(YAMLWriter.text(value))
    }

    /// Makes the body one that people can read, if it is JSON and not long.
    mutating func prettify() {
        guard contentType?.hasPrefix("application/json") == true else { return }
        switch body {
        case .bytes(let bytes) where bytes.count <= Self.prettyLimit:
            body = .bytes(PrettyJSON.indent(bytes))
        case .list(let list) where (list.byteCount ?? .max) <= Self.prettyLimit:
            var bytes: [UInt8] = []
            for piece in list { bytes.append(contentsOf: piece.readableBytesView) }
            body = .bytes(PrettyJSON.indent(bytes))
        default: break
        }
    }

    /// Longer answers are for programs.
    private static let prettyLimit = 256 << 10
}
