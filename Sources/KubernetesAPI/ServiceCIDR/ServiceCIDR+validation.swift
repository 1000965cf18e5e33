import Addressing

extension ServiceCIDR {
    /// What is wrong with the ranges, as an API server would say it.
    public func validationErrors() -> [ObjectError] {
        var validation = Validation(self)
        validation.metadata(of: self) { $0.subdomain($1, $2) }
        if cidrs.isEmpty { validation.required("spec.cidrs", "at least one CIDR required") }
        var families: [IPFamily] = []
        for (index, text) in cidrs.enumerated() {
            let field = FieldPath("spec.cidrs")[index]
            if let prefix = validation.prefix(field, text) { families.append(prefix.family) }
        }
        validation.onePerFamily("spec.cidrs", cidrs, families, "CIDR")
        return validation.errors
    }
}
