import OverlayCore

extension PeerIdentity {
    /// An identity as it was found at a start.
    public struct Found: Sendable, Hashable {
        /// The identity to use, which is on the disk now.
        public var identity: PeerIdentity
        /// Where it comes from.
        public var origin: Origin
        /// Whether the machine has not been booted since the identity was last used.
        public var isSameBoot: Bool
    }

    /// Where an identity comes from.
    public enum Origin: Sendable, Hashable {
        /// It was in the folder.
        case kept
        /// The folder had none.
        case created
        /// The folder is a copy of another machine's, whose identity was this one.
        case replaced(PeerIdentity)
    }

    private static let fileName = "identity"
    private static let firstLine = "trama identity 1"

    /// The identity in the folder, or a new one where there is none or it is another machine's.
    ///
    /// - Throws: Where the file cannot be read, understood or written.
    public static func find(
        in folder: StateFolder,
        machine: MachineFacts = .current()
    ) throws(StateError) -> Found {
        guard let bytes = try folder.read(fileName, limit: 4_096) else {
            return Found(identity: try renew(in: folder, machine: machine), origin: .created, isSameBoot: false)
        }
        var identity: PeerIdentity
        do {
            identity = try PeerIdentity(fileText: String(decoding: bytes, as: UTF8.self))
        } catch {
            let remedy = "delete it to join as a new peer, then `trama overlay rmpeer` the old one elsewhere"
            throw StateError(path: "\(folder.path)/\(fileName)", problem: .damaged("\(error.reason); \(remedy)"))
        }
        guard identity.machine.isSameMachine(as: machine) ?? true else {
            return Found(
                identity: try renew(in: folder, machine: machine),
                origin: .replaced(identity),
                isSameBoot: false
            )
        }
        let isSameBoot = machine.boot != nil && identity.machine.boot == machine.boot
        if identity.machine != machine {
            identity.machine = machine
            try folder.replace(fileName, with: Array(identity.fileText.utf8))
        }
        return Found(identity: identity, origin: .kept, isSameBoot: isSameBoot)
    }

    /// Puts a new identity in place of the folder's.
    public static func renew(
        in folder: StateFolder,
        machine: MachineFacts = .current()
    ) throws(StateError) -> PeerIdentity {
        let identity = random(machine: machine)
        try folder.replace(fileName, with: Array(identity.fileText.utf8))
        return identity
    }

    /// The file's text: a first line with the format's number, then a word and its value on each line.
    var fileText: String {
        var lines = [Self.firstLine, "peer \(id)", "wireguard-key \(Hexadecimal.encode(wireGuardPrivateKey))"]
        if let boot = machine.boot { lines.append("boot \(boot)") }
        if let product = machine.product { lines.append("product \(product)") }
        if let installation = machine.installation { lines.append("installation \(installation)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Why a file's text is none of an identity.
    struct TextError: Error, Equatable {
        var reason: String
    }

    /// An identity from a file's text; words that are not known are skipped.
    init(fileText: String) throws(TextError) {
        let lines = fileText.split(separator: "\n")
        guard lines.first == Self.firstLine[...] else {
            throw TextError(reason: "it does not begin with \"\(Self.firstLine)\"")
        }
        var fields: [Substring: Substring] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: " ", maxSplits: 1)
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        guard let id = fields["peer"].flatMap({ PeerID(String($0)) }) else {
            throw TextError(reason: "its line \"peer\" is missing or is no UUID")
        }
        guard let key = fields["wireguard-key"].flatMap({ Hexadecimal.decode($0) }), key.count == 32 else {
            throw TextError(reason: "its line \"wireguard-key\" is missing or has not 64 hexadecimal digits")
        }
        self.init(
            id: id,
            wireGuardPrivateKey: key,
            machine: MachineFacts(
                boot: fields["boot"].map { String($0) },
                product: fields["product"].map { String($0) },
                installation: fields["installation"].map { String($0) }
            )
        )
    }
}
