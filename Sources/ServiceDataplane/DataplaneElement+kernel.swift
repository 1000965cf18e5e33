public import Addressing
public import NFTables
public import ServiceRouting

extension DataplaneElement {
    /// The element by its key alone: what a deletion names.
    public var kernelKey: Element {
        switch self {
        case .frontend(let frontend, _, _), .unserved(let frontend, _, _), .filtered(let frontend),
            .record(let frontend, _):
            Element(frontend.registerValue)
        case .endpoint(_, let frontend, let slot, _):
            Element(frontend.registerValue.appending(slot: slot))
        case .clusterIP(let address):
            Element(RegisterValue(address))
        case .hairpin(let address):
            Element(RegisterValue(concatenating: address, address))
        case .allowedSource(let frontend, let range):
            Element(
                frontend.registerValue.appending(range.address),
                through: frontend.registerValue.appending(range.lastAddress)
            )
        }
    }

    /// The element as the kernel holds it.
    public var kernelElement: Element {
        var element = kernelKey
        switch self {
        case .frontend(_, let chain, let label):
            element.value = .verdict(.goto(chain.name))
            element.comment = label.kernelComment
        case .unserved(_, let unserved, let label):
            element.value = .verdict(unserved == .reject ? .goto(DataplaneLayout.rejectChain) : .drop)
            element.comment = label.kernelComment
        case .record(_, let chain):
            element.value = .verdict(.goto(chain.name))
        case .endpoint(_, _, _, let backend):
            element.value = .data(backend.registerValue)
        case .clusterIP, .hairpin, .filtered, .allowedSource:
            break
        }
        return element
    }

    /// Reads an element of one of the layout's sets back; nil for one that this layout would not write.
    public init?(_ element: Element, of set: String, family: IPFamily) {
        let bytes = element.key.bytes
        guard !element.isCatchAll, element.timeout == nil else { return nil }
        let frontend = Frontend(registerBytes: bytes, family: family)
        let frontendByteCount = family.byteCount + 8
        switch (set, element.value) {
        case ("frontends", .verdict(.goto(let name))):
            guard let frontend, bytes.count == frontendByteCount, let chain = ClassChain(name: name) else { return nil }
            self = .frontend(frontend, chain, label: element.comment ?? "")
        case ("no-endpoints", .verdict(let verdict)):
            guard let frontend, bytes.count == frontendByteCount else { return nil }
            switch verdict {
            case .goto(DataplaneLayout.rejectChain): self = .unserved(frontend, .reject, label: element.comment ?? "")
            case .drop: self = .unserved(frontend, .drop, label: element.comment ?? "")
            default: return nil
            }
        case ("record", .verdict(.goto(let name))):
            guard let frontend, bytes.count == frontendByteCount, let chain = RecordChain(name: name) else {
                return nil
            }
            self = .record(frontend, chain)
        case ("endpoints", .data(let value)), ("local-endpoints", .data(let value)):
            guard
                let frontend, bytes.count == frontendByteCount + 4,
                let slot = Int(exactly: bytes.suffix(4).withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }),
                let backend = Backend(registerBytes: value.bytes, family: family)
            else { return nil }
            self = .endpoint(set == SlotList.local.mapName ? .local : .cluster, frontend, slot: slot, backend)
        case ("cluster-ips", .none):
            guard let address = IPAddress(networkBytes: bytes) else { return nil }
            self = .clusterIP(address)
        case ("hairpin", .none):
            let half = bytes.count / 2
            guard bytes.prefix(half) == bytes.suffix(half), let address = IPAddress(networkBytes: bytes.prefix(half))
            else {
                return nil
            }
            self = .hairpin(address)
        case ("filtered-frontends", .none):
            guard let frontend, bytes.count == frontendByteCount else { return nil }
            self = .filtered(frontend)
        case ("allowed-sources", .none):
            guard
                let frontend, let last = element.keyEnd?.bytes,
                last.prefix(frontendByteCount) == bytes.prefix(frontendByteCount),
                let address = IPAddress(networkBytes: bytes.dropFirst(frontendByteCount)),
                let end = IPAddress(networkBytes: last.dropFirst(frontendByteCount)),
                let prefix = IPPrefix(from: address, before: end.successor)
            else { return nil }
            self = .allowedSource(frontend, prefix)
        default:
            return nil
        }
        // A deletion names the key that we would write; a key that differs (a stray bit of padding) is not ours.
        guard kernelKey.key == element.key else { return nil }
    }
}

extension Frontend {
    /// `ip daddr . meta l4proto . th dport`
    var registerValue: RegisterValue {
        var value = RegisterValue()
        value.append(address)
        value.append(self.protocol)
        value.append(networkOrder: port)
        return value
    }

    /// Reads the first three fields of a key.
    init?(registerBytes bytes: [UInt8], family: IPFamily) {
        let start = family.byteCount
        guard
            bytes.count >= start + 8, let address = IPAddress(networkBytes: bytes.prefix(start)),
            let transportProtocol = TransportProtocol(rawValue: bytes[start])
        else { return nil }
        self.init(
            address: address,
            protocol: transportProtocol,
            port: UInt16(bytes[start + 4]) << 8 | UInt16(bytes[start + 5])
        )
    }
}

extension Backend {
    /// Reads `ip daddr . th dport`.
    init?(registerBytes bytes: [UInt8], family: IPFamily) {
        let start = family.byteCount
        guard bytes.count == start + 4, let address = IPAddress(networkBytes: bytes.prefix(start)) else { return nil }
        self.init(address: address, port: UInt16(bytes[start]) << 8 | UInt16(bytes[start + 1]))
    }

    /// `ip daddr . th dport`
    var registerValue: RegisterValue {
        var value = RegisterValue()
        value.append(address)
        value.append(networkOrder: port)
        return value
    }
}

extension RegisterValue {
    init(concatenating first: IPAddress, _ second: IPAddress) {
        self.init()
        append(first)
        append(second)
    }

    func appending(slot: Int) -> RegisterValue {
        var value = self
        value.append(hostOrder: UInt32(truncatingIfNeeded: slot))
        return value
    }

    func appending(_ address: IPAddress) -> RegisterValue {
        var value = self
        value.append(address)
        return value
    }
}

extension String {
    /// The label as far as a comment can hold it (127 bytes), cut between characters.
    var kernelComment: String? {
        guard !isEmpty else { return nil }
        guard utf8.count > 127 else { return self }
        var cut = ""
        for character in self {
            guard cut.utf8.count + character.utf8.count <= 127 else { break }
            cut.append(character)
        }
        return cut
    }
}

extension DataplaneElement {
    /// The frontend that an operation's element belongs to: which Service to leave out when the kernel refuses it.
    ///
    /// - Parameter elementIndex: Which of the operation's elements; where the kernel did not say, only a single one is told.
    public static func frontend(
        of operation: Transaction.Operation,
        elementIndex: Int?,
        family: IPFamily
    ) -> Frontend? {
        switch operation {
        case .addElements(let elements, let set, _), .deleteElements(let elements, let set, _),
            .destroyElements(let elements, let set, _):
            guard Self.setsOfFrontends.contains(set) else { return nil }
            let index = elementIndex ?? (elements.count == 1 ? 0 : -1)
            guard elements.indices.contains(index) else { return nil }
            return Frontend(registerBytes: elements[index].key.bytes, family: family)
        default:
            return nil
        }
    }

    private static let setsOfFrontends: Set<String> = [
        "frontends", "no-endpoints", "record", "filtered-frontends", "allowed-sources", SlotList.cluster.mapName,
        SlotList.local.mapName,
    ]
}
