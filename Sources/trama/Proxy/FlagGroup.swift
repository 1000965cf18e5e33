import ArgumentParser
import Proxy

/// Flags that belong together. Values stay text here: what they mean is `ProxyFlag`'s business.
protocol FlagGroup: ParsableArguments {
    /// The flags' names, and the values that were given.
    var given: [(name: String, value: String?)] { get }
}

extension FlagGroup {
    /// Hands over what was given.
    func add(to flags: inout ProxyFlags) {
        for flag in given { flags.add(flag.name, flag.value) }
    }
}

extension ArgumentHelp {
    /// Help for a flag that is true or false.
    static func flag(_ abstract: String) -> ArgumentHelp {
        ArgumentHelp(stringLiteral: abstract).with(valueName: "true|false")
    }

    /// Help for a flag with a value of that description.
    static func value(_ valueName: String, _ abstract: String) -> ArgumentHelp {
        ArgumentHelp(stringLiteral: abstract).with(valueName: valueName)
    }

    private func with(valueName: String) -> ArgumentHelp {
        ArgumentHelp(abstract, discussion: discussion, valueName: valueName, visibility: visibility)
    }
}
