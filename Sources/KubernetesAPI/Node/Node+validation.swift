import Addressing

extension Node {
    /// What is wrong with the Node, as an API server would say it.
    public func validationErrors() -> [ObjectError] {
        var validation = Validation(self)
        validation.metadata(of: self) { $0.subdomain($1, $2) }
        var families: [IPFamily] = []
        for (index, text) in podCIDRs.enumerated() {
            let field = FieldPath("spec.podCIDRs")[index]
            if let prefix = validation.prefix(field, text) { families.append(prefix.family) }
        }
        validation.onePerFamily("spec.podCIDRs", podCIDRs, families, "CIDR")
        for (index, address) in addresses.enumerated() where ["InternalIP", "ExternalIP"].contains(address.type) {
            validation.address(FieldPath("status.addresses")[index].field("address"), address.address)
        }
        for (index, taint) in taints.enumerated() where taint.key.isEmpty {
            validation.required(FieldPath("spec.taints")[index].field("key"))
        }
        return validation.errors
    }
}
