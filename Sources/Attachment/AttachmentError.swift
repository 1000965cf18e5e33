/// Why a container was not joined to the network, or not taken from it; also how the daemon and the plug-in tell it.
public struct AttachmentError: Error, Sendable, Hashable {
    /// What kind of failure it is: CNI's numbers, and from 100 on our own.
    public var code: Code
    /// What is wrong, with the object, the field and the remedy, in one line.
    public var message: String
    /// What the kernel or another part said, where that explains more.
    public var details: String

    /// An error from its parts.
    public init(_ code: Code, _ message: String, details: String = "") {
        self.code = code
        self.message = message
        self.details = details
    }

    /// The number of a kind of failure (CNI specification 1.1.0, "Error").
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// The number.
        public var rawValue: Int

        /// The kind of that number.
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// The version of the CNI specification is not one of ours, or has no such command.
        public static let incompatibleVersion = Code(rawValue: 1)
        /// A field has a value that is not supported.
        public static let unsupportedField = Code(rawValue: 2)
        /// The container is not known, or does not exist.
        public static let unknownContainer = Code(rawValue: 3)
        /// An environment variable is missing or has no sense.
        public static let invalidEnvironment = Code(rawValue: 4)
        /// A file or a socket could not be read or written.
        public static let inputOutput = Code(rawValue: 5)
        /// Something is not the JSON that was expected.
        public static let undecodable = Code(rawValue: 6)
        /// The network's configuration has no sense.
        public static let invalidConfiguration = Code(rawValue: 7)
        /// It may work later: the daemon does not run, or has no addresses yet.
        public static let tryAgainLater = Code(rawValue: 11)
        /// Nothing can be attached (`STATUS`).
        public static let unavailable = Code(rawValue: 50)
        /// The kernel refused.
        public static let kernel = Code(rawValue: 100)
        /// Every address of the host's ranges is taken.
        public static let noAddressLeft = Code(rawValue: 101)
        /// The address that was asked for cannot be given.
        public static let addressUnavailable = Code(rawValue: 102)
        /// The container has an interface of that name already.
        public static let interfaceExists = Code(rawValue: 103)
        /// What was attached is not as it was (`CHECK`).
        public static let altered = Code(rawValue: 104)
        /// There is no network of that name on this host.
        public static let unknownNetwork = Code(rawValue: 105)
        /// The daemon refused a command.
        public static let refused = Code(rawValue: 106)
    }
}

extension AttachmentError: CustomStringConvertible {
    /// The message, and the details where there are any.
    public var description: String { details.isEmpty ? message : "\(message): \(details)" }
}
