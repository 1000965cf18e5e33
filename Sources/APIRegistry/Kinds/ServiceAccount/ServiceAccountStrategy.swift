import JSON
import KubernetesAPI

/// ServiceAccounts: nothing but a name matters.
struct ServiceAccountStrategy: ObjectStrategy {
    func setDefaults(_ object: inout JSONValue, old: JSONValue?) {
        object.removeNulls()
    }

    func prepareForCreate(_ object: inout JSONValue) {}

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: Subresource?) {}
}
