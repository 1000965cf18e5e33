import APIRegistry
import APISchema
import JSON
import KubernetesAPI

/// Reads the objects in the bodies of requests.
struct BodyReader: Sendable {
    /// Knows the fields.
    let decoder: ObjectDecoder

    /// An object, and what is unusual about it.
    func object(
        _ request: APIRequest,
        schema: String,
        _ validation: ObjectDecoder.Validation
    ) throws(Refusal) -> Proposal {
        let format = Format(rawValue: request.contentType.isEmpty ? Format.json.rawValue : request.contentType)
        guard let format else { throw .unsupportedMediaType() }
        do throws(ObjectDecodingError) {
            let decoded =
                switch format {
                case .json: try decoder.decode(json: request.body, message: schema, validation: validation)
                case .yaml: try decoder.decode(yaml: request.body, message: schema, validation: validation)
                case .protobuf: try decoder.decode(protobuf: request.body, message: schema)
                }
            return Proposal(value: decoded.value, warnings: decoded.problems.map(\.description))
        } catch {
            throw .badRequest(error.message)
        }
    }

    private enum Format: String {
        case json = "application/json"
        case yaml = "application/yaml"
        case protobuf = "application/vnd.kubernetes.protobuf"
    }

    /// An object that was patched: it must still be one of its kind.
    func object(
        patched value: JSONValue,
        schema: String,
        _ validation: ObjectDecoder.Validation
    ) throws(Refusal) -> Proposal {
        do throws(ObjectDecodingError) {
            let decoded = try decoder.decode(json: value.json, message: schema, validation: validation)
            return Proposal(value: decoded.value, warnings: decoded.problems.map(\.description))
        } catch {
            throw .badRequest(error.message)
        }
    }

    /// The options of a delete; without a body, those of the URL.
    func deleteOptions(_ request: APIRequest) throws(Refusal) -> DeleteOptions {
        let parameters = request.query.items.map { ($0.name, $0.value) }
        guard !request.body.isEmpty else { return try DeleteOptions(parameters: parameters) }
        let schema = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"
        var options = try DeleteOptions(try object(request, schema: schema, .ignore).value)
        if !options.isDryRun { options.isDryRun = try DeleteOptions(parameters: parameters).isDryRun }
        return options
    }

    /// The patch.
    func patch(_ request: APIRequest) throws(Refusal) -> ObjectPatch {
        if request.contentType.hasPrefix("application/apply-patch+") { throw .serverSideApply }
        guard let kind = PatchKind(rawValue: request.contentType) else { throw .unsupportedPatch }
        do throws(PatchError) {
            return try ObjectPatch(kind, json: request.body)
        } catch {
            throw error.refusal
        }
    }
}
