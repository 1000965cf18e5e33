import JSON

extension Pod {
    /// A taint, or several, under which a pod stays on its node.
    public struct Toleration: Sendable, Hashable {
        /// The taint's key; empty for any.
        public var key: String
        /// The taint's value; nil for any (`operator: Exists`).
        public var value: String?
        /// For how long, in seconds; nil for ever.
        public var seconds: Int?

        /// A toleration from its parts.
        public init(key: String, value: String? = nil, seconds: Int? = nil) {
            self.key = key
            self.value = value
            self.seconds = seconds
        }

        /// Whether it is about this taint.
        public func covers(key: String, value: String) -> Bool {
            guard self.key.isEmpty || self.key == key else { return false }
            return self.value == nil || self.value == value
        }

        /// What almost every pod has, in one array that all of them share.
        private static let common = [
            Toleration(key: "node.kubernetes.io/not-ready", seconds: 300),
            Toleration(key: "node.kubernetes.io/unreachable", seconds: 300),
        ]

        /// Those of a pod's `spec.tolerations` that are about `NoExecute`.
        static func all(_ values: [JSONValue]) -> [Toleration] {
            let all = values.compactMap { value -> Toleration? in
                let effect = value["effect"]?.string ?? ""
                guard effect.isEmpty || effect == "NoExecute" else { return nil }
                let exists = value["operator"]?.string == "Exists"
                // Numeric comparisons (`Gt`, `Lt`) are not known here: they tolerate nothing.
                guard exists || ["", "Equal"].contains(value["operator"]?.string ?? "") else { return nil }
                let key = value["key"]?.string ?? ""
                guard exists || !key.isEmpty else { return nil }
                return Toleration(
                    key: key,
                    value: exists ? nil : value["value"]?.string ?? "",
                    seconds: value["tolerationSeconds"]?.integer
                )
            }
            return all == common ? common : all
        }
    }
}
