import Observability

/// The files by which the kernel is asked and told, under a root that tests replace.
public struct SystemFiles: Sendable, Equatable {
    /// What stands before `/proc` and `/sys`; empty for this machine.
    public let root: String

    /// The files under that root.
    public init(root: String = "") {
        self.root = root
    }

    /// The text of the file, without white space at its end.
    func read(_ path: String) throws(SmallFile.AccessError) -> String {
        var text = Substring(try SmallFile.read(root + path))
        while text.last?.isWhitespace ?? false { text.removeLast() }
        return String(text)
    }

    /// Writes the text to the file, which must exist.
    func write(_ text: String, to path: String) throws(SmallFile.AccessError) {
        try SmallFile.write(text, to: root + path)
    }
}

/// What became of one setting of the kernel.
public struct SettingResult: Sendable, Equatable, CustomStringConvertible {
    /// How it went.
    public enum Outcome: Sendable, Equatable {
        /// It had the value already.
        case unchanged
        /// It has the value now.
        case changed(from: String)
        /// It could not be read or written, which is never fatal.
        case failed(reason: String)
    }

    /// The name of the setting: `net.netfilter.nf_conntrack_max`.
    public var name: String
    /// The value that it should have.
    public var value: String
    /// How it went.
    public var outcome: Outcome

    /// One line for the log.
    public var description: String {
        switch outcome {
        case .unchanged: "\(name) is \(value)"
        case .changed(let old): "set \(name) to \(value) (was \(old))"
        case .failed(let reason): "cannot set \(name) to \(value): \(reason)"
        }
    }

    /// Whether it is worth a warning.
    public var isFailure: Bool { if case .failed = outcome { true } else { false } }
}

extension SystemFiles {
    /// Brings the setting to the value, unless it has it.
    ///
    /// - Parameter isEnough: Whether a present value, which is not the wanted one, may stay.
    func set(
        _ name: String,
        at path: String,
        to value: String,
        unless isEnough: (String) -> Bool = { _ in false }
    ) -> SettingResult {
        do {
            let old = try read(path)
            if old == value || isEnough(old) { return SettingResult(name: name, value: old, outcome: .unchanged) }
            try write(value, to: path)
            return SettingResult(name: name, value: value, outcome: .changed(from: old))
        } catch {
            return SettingResult(name: name, value: value, outcome: .failed(reason: "\(error)"))
        }
    }
}
