import Addressing
import JSON
import KubernetesAPI

extension FieldValidator {
    /// An IP address.
    ///
    /// - Returns: Whether it is one.
    @discardableResult
    mutating func address(_ field: @autoclosure () -> FieldPath, _ text: String, family: IPFamily? = nil) -> Bool {
        let problems = AddressRules.address(text, family: family)
        invalid(field(), .string(text), problems)
        return problems.isEmpty
    }

    /// An IP address that can be a host's.
    mutating func hostAddress(_ field: @autoclosure () -> FieldPath, _ text: String, family: IPFamily? = nil) {
        guard address(field(), text, family: family) else { return }
        invalid(field(), .string(text), AddressRules.hostAddress(text))
    }

    /// An address range.
    ///
    /// - Returns: Whether it is one.
    @discardableResult
    mutating func prefix(_ field: @autoclosure () -> FieldPath, _ text: String) -> Bool {
        let problems = AddressRules.prefix(text)
        invalid(field(), .string(text), problems)
        return problems.isEmpty
    }
}
