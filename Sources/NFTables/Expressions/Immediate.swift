extension Expression {
    /// A constant into registers, or a verdict that ends the rule (`immediate`).
    public enum Immediate: Sendable, Hashable {
        /// A constant into registers.
        case data(RegisterValue, into: Register)
        /// A verdict.
        case verdict(Verdict)
    }
}
