extension Validation {
    /// A name that may stand in a host name: a Service's, a namespace's, a port's.
    mutating func label(_ field: FieldPath, _ text: String) {
        for problem in TextRules.label(text) { invalid(field, text, problem) }
    }

    /// A name that may be a host name: that of most objects.
    mutating func subdomain(_ field: FieldPath, _ text: String) {
        for problem in TextRules.subdomain(text) { invalid(field, text, problem) }
    }

    /// `metadata` of an object whose name obeys `rule`.
    mutating func metadata(
        of object: some KubernetesObject,
        name rule: (inout Validation, FieldPath, String) -> Void
    ) {
        let metadata = object.metadata
        if metadata.name.isEmpty {
            required("metadata.name", "name or generateName is required")
        } else {
            rule(&self, "metadata.name", metadata.name)
        }
        let isNamespaced = type(of: object).resource.namespaced
        if let namespace = metadata.namespace {
            if isNamespaced {
                label("metadata.namespace", namespace)
            } else {
                forbidden("metadata.namespace", "not allowed on this type")
            }
        } else if isNamespaced {
            required("metadata.namespace")
        }
    }
}
