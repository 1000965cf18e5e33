import Addressing
import JSON
import KubernetesAPI

/// One allocation, while it is worked out.
struct ServiceAllocator {
    private(set) var service: JSONValue
    private(set) var changes = AllocationChanges()
    let state: AllocationState
    let old: AllocatedShape?
    let new: AllocatedShape

    init(_ service: JSONValue, old: JSONValue?, state: AllocationState) {
        self.service = service
        self.state = state
        self.old = old.map(AllocatedShape.init)
        new = AllocatedShape(service)
    }

    mutating func allocate(using generator: inout some RandomNumberGenerator) throws(AllocationError) {
        if !new.isAlias, !new.isWellFormed { return }
        let families = ServiceFamilies(new: new, old: old, state: state)
        if let chosen = try families.chosen() {
            service[path: "spec", "ipFamilyPolicy"] = .string(chosen.policy)
            service[path: "spec", "ipFamilies"] = .strings(chosen.families)
            try allocateAddresses(chosen, using: &generator)
        } else if let old, new.isAlias {
            changes.releasedAddresses = old.addresses
        }
        try allocatePorts(using: &generator)
        try allocateHealthCheckPort(using: &generator)
    }

    // MARK: Addresses

    private mutating func allocateAddresses(
        _ chosen: ServiceFamilies.Choice,
        using generator: inout some RandomNumberGenerator
    ) throws(AllocationError) {
        if chosen.clusterIPs.first == "None" { return }
        let present = old?.addresses ?? []
        // What was allocated cannot change, but for a second address that comes or goes.
        if !present.isEmpty {
            let keeps = chosen.families.count
            if present.count > keeps {
                changes.releasedAddresses = Array(present[keeps...])
                setAddresses(Array(chosen.clusterIPs.prefix(keeps)))
                return
            }
            guard present.count < keeps else { return }
        }
        var texts = Array(chosen.clusterIPs.prefix(chosen.families.count))
        for (index, name) in chosen.families.enumerated().dropFirst(present.count) {
            if index < texts.count, let address = IPAddress(texts[index]) {
                do {
                    try state.check(address)
                } catch {
                    let words = "failed to allocate IP \(texts[index]): \(error.words)"
                    throw .invalid([FieldError("spec.clusterIPs", .invalid, value: .strings(chosen.clusterIPs), words)])
                }
                changes.reservedAddresses.append(address)
            } else {
                let family: IPFamily = name == "IPv6" ? .ipv6 : .ipv4
                guard let address = state.nextAddress(family, using: &generator) else {
                    throw .full("failed to allocate a serviceIP: range is full")
                }
                changes.reservedAddresses.append(address)
                texts = Array(texts.prefix(index)) + ["\(address)"]
            }
        }
        setAddresses(texts)
    }

    private mutating func setAddresses(_ texts: [String]) {
        service[path: "spec", "clusterIP"] = texts.first.map { .string($0) }
        service[path: "spec", "clusterIPs"] = .strings(texts)
    }

    // MARK: Node ports

    private mutating func allocatePorts(using generator: inout some RandomNumberGenerator) throws(AllocationError) {
        let present = Set(old.map { $0.hasNodePorts ? $0.nodePorts : [] } ?? [])
        defer { changes.releasedPorts += present.subtracting(kept).sorted() }
        guard new.hasNodePorts else { return }
        var ports = new.ports
        // Ports of one number get one node port, if they are created together: TCP and UDP of one service.
        var given: [Int: Int] = [:]
        if old == nil {
            for port in ports.reversed() {
                if let number = port["port"]?.integer, let nodePort = port["nodePort"]?.integer, nodePort != 0 {
                    given[number] = nodePort
                }
            }
        }
        for index in ports.indices {
            let own = ports[index]["nodePort"]?.integer ?? 0
            let number = ports[index]["port"]?.integer ?? 0
            if own != 0 {
                try reserve(own, present, FieldPath("spec.ports")[index].field("nodePort"))
                continue
            }
            guard new.allocatesPorts else { continue }
            guard ports[index].object != nil else { continue }
            let nodePort: Int
            if let shared = given[number] {
                try reserve(shared, present, FieldPath("spec.ports")[index].field("nodePort"))
                nodePort = shared
            } else {
                nodePort = try nextPort(excluding: present, using: &generator, "a nodePort")
                changes.reservedPorts.append(nodePort)
                if old == nil { given[number] = nodePort }
            }
            ports[index]["nodePort"] = .integer(nodePort)
        }
        if ports != new.ports { service[path: "spec", "ports"] = .array(ports) }
    }

    /// The node ports that the Service has now, of those that it had.
    private var kept: Set<Int> {
        let shape = AllocatedShape(service)
        return Set(shape.hasNodePorts ? shape.nodePorts : [])
    }

    private mutating func reserve(_ port: Int, _ present: Set<Int>, _ field: FieldPath) throws(AllocationError) {
        if present.contains(port) || changes.reservedPorts.contains(port) { return }
        do {
            try state.check(port: port)
        } catch {
            throw .invalid([FieldError(field, .invalid, value: .integer(port), error.words)])
        }
        changes.reservedPorts.append(port)
    }

    private func nextPort(
        excluding present: Set<Int>,
        using generator: inout some RandomNumberGenerator,
        _ what: String
    ) throws(AllocationError) -> Int {
        // What the Service's other ports ask for is theirs.
        let taken = present.union(changes.reservedPorts).union(new.nodePorts).union([new.healthCheckPort])
        guard let port = state.nextPort(excluding: taken, using: &generator) else {
            throw .full("failed to allocate \(what): range is full")
        }
        return port
    }

    // MARK: The port of health checks

    private mutating func allocateHealthCheckPort(
        using generator: inout some RandomNumberGenerator
    ) throws(AllocationError) {
        let present = old.flatMap { $0.needsHealthCheck && $0.healthCheckPort > 0 ? $0.healthCheckPort : nil }
        guard new.needsHealthCheck else {
            if let present { changes.releasedPorts.append(present) }
            return
        }
        guard present == nil else { return }
        let field: FieldPath = "spec.healthCheckNodePort"
        let asked = new.healthCheckPort
        guard asked == 0 else {
            guard !changes.reservedPorts.contains(asked) else {
                throw .invalid([FieldError(field, .invalid, value: .integer(asked), Self.failure(asked, Self.isTaken))])
            }
            do {
                try state.check(port: asked)
            } catch {
                throw .invalid([FieldError(field, .invalid, value: .integer(asked), Self.failure(asked, error.words))])
            }
            changes.reservedPorts.append(asked)
            return
        }
        let port = try nextPort(excluding: [], using: &generator, "a HealthCheck NodePort 0")
        changes.reservedPorts.append(port)
        service[path: "spec", "healthCheckNodePort"] = .integer(port)
    }

    private static let isTaken = "provided port is already allocated"

    private static func failure(_ port: Int, _ words: String) -> String {
        "failed to allocate requested HealthCheck NodePort \(port): \(words)"
    }
}
