public import Addressing
import Synchronization

/// A zone of names straight below a domain, each with addresses, as several sources tell them.
///
/// Several sources may tell one name: it has the addresses of all of them, in changing order. Addresses have PTR records.
public final class HostNames: NameAuthority {
    fileprivate struct State {
        /// By source: its names, and of each its addresses.
        var sources: [String: [String: Set<IPAddress>]] = [:]
        /// By name: how often each address was told.
        var names: [String: AddressSet] = [:]
        /// By address: the names that it was told for, as often.
        var pointers: [IPAddress: [String]] = [:]
        var serial: UInt32 = 1
        var generator: RotationGenerator
    }

    private let domain: DNSName
    private let timeToLive: UInt32
    private let state: Mutex<State>

    /// A zone without names.
    ///
    /// - Parameters:
    ///   - domain: What the names are below.
    ///   - timeToLive: Seconds for which answers may be remembered, negative ones too.
    ///   - seed: What the order of records begins with; tests give their own.
    public init(domain: DNSName, timeToLive: UInt32 = 1, seed: UInt64 = .random(in: .min ... .max)) {
        self.domain = domain
        self.timeToLive = timeToLive
        state = Mutex(State(generator: RotationGenerator(seed: seed)))
    }

    /// Takes what a source tells in place of all that it told before; what did not change costs nothing.
    public func set(_ names: [String: Set<IPAddress>], of source: String) {
        state.withLock { state in
            let old = state.sources[source] ?? [:]
            guard old != names else { return }
            for (name, addresses) in old where names[name] != addresses {
                for address in addresses { state.remove(address, of: name.asciiLowercased) }
            }
            for (name, addresses) in names where old[name] != addresses {
                for address in addresses { state.add(address, of: name.asciiLowercased) }
            }
            state.sources[source] = names.isEmpty ? nil : names
            state.serial &+= 1
        }
    }

    /// What is known of a question of class IN.
    public func answer(_ question: DNSMessage.Question) -> ZoneAnswer {
        state.withLock { state in
            guard let labels = question.name.labels(before: domain) else {
                if question.name.isWithin(domain) { return negative(.noSuchName, state) }
                return answerReverse(question, state)
            }
            switch labels.count {
            case 0:
                guard question.type == .soa else { return negative(.noError, state) }
                return .complete(ZoneAnswer.Content(answers: [beginning(state)]))
            case 1:
                guard let addresses = state.names[labels[0]]?.sorted else { return negative(.noSuchName, state) }
                var records = addresses.filter { $0.matches(question.type) }.map {
                    DNSMessage.Record(question.name, .address($0), timeToLive: timeToLive)
                }
                records.rotate(using: &state.generator)
                return records.isEmpty ? negative(.noError, state) : .complete(ZoneAnswer.Content(answers: records))
            default:
                return negative(.noSuchName, state)
            }
        }
    }

    private func answerReverse(_ question: DNSMessage.Question, _ state: borrowing State) -> ZoneAnswer {
        guard let address = ReverseName.address(question.name), let names = state.pointers[address] else {
            return .elsewhere
        }
        guard question.type == .ptr || question.type == .any else { return negative(.noError, state) }
        let targets = Set(names).sorted().compactMap { domain.prepending($0) }
        return .complete(
            ZoneAnswer.Content(
                answers: targets.map { DNSMessage.Record(question.name, .pointer($0), timeToLive: timeToLive) }
            )
        )
    }

    private func negative(_ code: ResponseCode, _ state: borrowing State) -> ZoneAnswer {
        .complete(ZoneAnswer.Content(code: code, authorities: [beginning(state)]))
    }

    private func beginning(_ state: borrowing State) -> DNSMessage.Record {
        let authority = StartOfAuthority(
            server: domain,
            mailbox: domain.prepending("hostmaster") ?? domain,
            serial: state.serial,
            refresh: 7_200,
            retry: 1_800,
            expire: 86_400,
            minimum: timeToLive
        )
        return DNSMessage.Record(domain, .authority(authority), timeToLive: timeToLive)
    }
}

extension HostNames.State {
    fileprivate mutating func add(_ address: IPAddress, of name: String) {
        names[name, default: AddressSet()].insert(address)
        pointers[address, default: []].append(name)
    }

    fileprivate mutating func remove(_ address: IPAddress, of name: String) {
        names[name]?.remove(address)
        if names[name]?.sorted.isEmpty == true { names[name] = nil }
        if let place = pointers[address]?.firstIndex(of: name) { pointers[address]?.remove(at: place) }
        if pointers[address]?.isEmpty == true { pointers[address] = nil }
    }
}
