public import Addressing
import KubernetesAPI
public import ServiceRouting

/// The names of a cluster's Services and pods, as the Kubernetes DNS specification 1.1.0 has them.
///
/// A value that is told of changes and asked questions. A change costs what changed, whatever else there is; a question,
/// what its answer holds.
public struct ClusterZone: Sendable {
    /// What the zone is told from outside.
    public struct Configuration: Sendable {
        /// The cluster's domain, `cluster.local`.
        public var domain: DNSName
        /// Seconds for which answers may be remembered, negative ones too.
        public var timeToLive: UInt32
        /// The addresses of `ns.dns.DOMAIN`, where the Service `kube-system/kube-dns` does not say them.
        public var serverAddresses: [IPAddress]

        /// A configuration from its parts.
        public init(domain: DNSName, timeToLive: UInt32 = 5, serverAddresses: [IPAddress] = []) {
            self.domain = domain
            self.timeToLive = timeToLive
            self.serverAddresses = serverAddresses
        }
    }

    /// What is known under a Service's name.
    struct Entry: Sendable {
        /// The Service; nil where only slices of it came so far.
        var service: ServiceRecords?
        /// Its slices, by their names.
        var slices: [String: SliceRecords] = [:]
        /// The addresses of a headless Service's endpoints.
        var addresses = AddressSet()
        /// The same by the endpoints' labels; each as often as it is there.
        var hosts: [String: [IPAddress]] = [:]

        var isEmpty: Bool { service == nil && slices.isEmpty }
    }

    /// A name that belongs to an address.
    struct Pointer: Sendable, Hashable {
        var service: ServiceName
        /// The endpoint's label; nil for the Service itself.
        var host: String?
    }

    let configuration: Configuration
    private(set) var entries: [ServiceName: Entry] = [:]
    /// The Services that each slice belongs to, to find it when it is gone.
    private var owners: [ObjectKey: ServiceName] = [:]
    /// Number of Services in each namespace.
    private(set) var namespaces: [String: Int] = [:]
    private(set) var pointers: [IPAddress: [Pointer]] = [:]
    /// The version of the zone.
    private(set) var serial: UInt32

    /// A zone without Services.
    ///
    /// - Parameter serial: The version it begins with; one that grows from process to process is best.
    public init(_ configuration: Configuration, serial: UInt32 = 1) {
        self.configuration = configuration
        self.serial = serial
    }

    /// Number of Services that have names.
    public var serviceCount: Int { namespaces.values.reduce(0, +) }

    /// Whether nothing is known, and nothing left over of what was.
    package var isEmpty: Bool { entries.isEmpty && owners.isEmpty && namespaces.isEmpty && pointers.isEmpty }

    // MARK: Changes

    /// Takes in a change; of kinds other than Services and EndpointSlices, nothing.
    ///
    /// - Returns: Whether any name changed.
    @discardableResult
    public mutating func apply(_ change: ObjectChange) -> Bool {
        let isChange =
            switch change {
            case .service(let key, let service): set(service, of: key)
            case .endpointSlice(let key, let slice): set(slice, of: key)
            case .node, .serviceCIDR: false
            }
        if isChange { serial &+= 1 }
        return isChange
    }

    private mutating func set(_ service: Service?, of key: ObjectKey) -> Bool {
        let name = ServiceName(namespace: key.namespace.asciiLowercased, name: key.name.asciiLowercased)
        let new = service.flatMap { ServiceRecords($0) }
        var entry = entries[name] ?? Entry()
        let old = entry.service
        guard new != old else { return false }
        let hostsChange = (old?.headless ?? (false, false)) != (new?.headless ?? (false, false))
        // Taken out first, so that there is one owner of what is about to change.
        entries[name] = nil
        if case .virtual(let addresses) = old?.kind {
            for address in addresses { removePointer(Pointer(service: name), of: address) }
        }
        if hostsChange {
            for slice in entry.slices.values { withdraw(slice, from: &entry) }
        }
        entry.service = new
        if hostsChange {
            for slice in entry.slices.values { publish(slice, in: &entry) }
        }
        if case .virtual(let addresses) = new?.kind {
            for address in addresses { pointers[address, default: []].append(Pointer(service: name)) }
        }
        if !entry.isEmpty { entries[name] = entry }
        countNamespace(name.namespace, by: (new == nil ? 0 : 1) - (old == nil ? 0 : 1))
        return true
    }

    private mutating func countNamespace(_ namespace: String, by difference: Int) {
        guard difference != 0 else { return }
        let count = namespaces[namespace, default: 0] + difference
        namespaces[namespace] = count > 0 ? count : nil
    }

    private mutating func set(_ slice: EndpointSlice?, of key: ObjectKey) -> Bool {
        let new = slice.flatMap { SliceRecords($0, namespace: key.namespace) }
        var isChange = false
        if let owner = owners[key], owner != new?.service {
            isChange = replaceSlice(key.name, of: owner, with: nil)
            owners[key] = nil
        }
        if let new {
            owners[key] = new.service
            isChange = replaceSlice(key.name, of: new.service, with: new) || isChange
        }
        return isChange
    }

    /// Whether any name changed.
    private mutating func replaceSlice(_ slice: String, of name: ServiceName, with new: SliceRecords?) -> Bool {
        var entry = entries.removeValue(forKey: name) ?? Entry()
        let old = entry.slices[slice]
        guard new != old else {
            if !entry.isEmpty { entries[name] = entry }
            return false
        }
        if let old { withdraw(old, from: &entry) }
        entry.slices[slice] = new
        if let new { publish(new, in: &entry) }
        if !entry.isEmpty { entries[name] = entry }
        return entry.service?.headless.isHeadless ?? false
    }

    // MARK: Names of endpoints

    /// Gives a slice's endpoints their names, where the Service is headless.
    private mutating func publish(_ slice: SliceRecords, in entry: inout Entry) {
        guard case .headless(let publishesNotReady) = entry.service?.kind else { return }
        for endpoint in slice.endpoints where endpoint.counts(publishingNotReady: publishesNotReady) {
            entry.addresses.insert(endpoint.address)
            entry.hosts[endpoint.label, default: []].append(endpoint.address)
            pointers[endpoint.address, default: []].append(Pointer(service: slice.service, host: endpoint.label))
        }
    }

    /// Takes back what ``publish(_:in:)`` gave.
    private mutating func withdraw(_ slice: SliceRecords, from entry: inout Entry) {
        guard case .headless(let publishesNotReady) = entry.service?.kind else { return }
        for endpoint in slice.endpoints where endpoint.counts(publishingNotReady: publishesNotReady) {
            entry.addresses.remove(endpoint.address)
            entry.hosts.removeOne(endpoint.address, of: endpoint.label)
            removePointer(Pointer(service: slice.service, host: endpoint.label), of: endpoint.address)
        }
    }

    private mutating func removePointer(_ pointer: Pointer, of address: IPAddress) {
        pointers.removeOne(pointer, of: address)
    }
}

extension Dictionary {
    /// Takes one value out of a key's, and the key with the last of them.
    fileprivate mutating func removeOne<Element: Equatable>(_ element: Element, of key: Key) where Value == [Element] {
        guard let place = self[key]?.firstIndex(of: element) else { return }
        self[key]?.remove(at: place)
        if self[key]?.isEmpty == true { self[key] = nil }
    }
}
