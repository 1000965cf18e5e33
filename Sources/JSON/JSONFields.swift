/// The names of the fields that a decoder wants, prepared so that looking one up costs a few comparisons.
///
/// Made once per type, from an enum whose raw values are the names.
public struct JSONFields<Field: RawRepresentable<String> & CaseIterable & Sendable>: Sendable {
    /// The cases, in the order of `names`.
    @usableFromInline let cases: [Field]
    /// The cases' names.
    @usableFromInline let names: JSONNames

    /// The cases of the enum.
    public init() {
        let cases = Field.allCases.sorted { $0.rawValue.utf8.count < $1.rawValue.utf8.count }
        self.cases = cases
        names = JSONNames(cases.map { Array($0.rawValue.utf8) })
    }
}
