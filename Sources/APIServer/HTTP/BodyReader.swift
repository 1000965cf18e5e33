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
                }
            return Proposal(value: decoded.value, warnings: decoded.problems.map(\.description))
        } catch {
            throw .badRequest(error.message)
        }
    }

    private enum Format: String {
        case json = "application/json"
        case yaml = "application/yaml"
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
        var value: JSONValue = [:]
        if !request.body.isEmpty {
            value = try object(request, schema: "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions", .ignore).value
        } else {
            let query = request.query
            if let text = query["gracePeriodSeconds"], let seconds = Int(text) {
                value["gracePeriodSeconds"] = .integer(seconds)
            }
            if let text = query["propagationPolicy"], !text.isEmpty { value["propagationPolicy"] = .string(text) }
            if query["orphanDependents"] != nil { value["orphanDependents"] = .bool(query.isSet("orphanDependents")) }
        }
        let dryRun = request.query.all("dryRun")
        if value["dryRun"] == nil, !dryRun.isEmpty { value["dryRun"] = .strings(dryRun) }
        return try DeleteOptions(value)
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
