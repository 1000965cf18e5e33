import Addressing
import KubernetesAPI

/// The trackers: each takes one object in, compares it with what is held, and marks the Services that it matters to.
extension RoutingTable {
    mutating func setService(_ key: ObjectKey, to object: Service?, in batch: inout Batch) {
        let spec = object.flatMap { ServiceSpec($0, options: options) }
        let before = services[key]?.spec
        guard spec != before else { return }
        batch.serviceChangeCount += 1
        batch.touchSpec(key, before: before)
        services[key, default: ServiceEntry()].spec = spec
    }

    mutating func setEndpointSlice(_ key: ObjectKey, to object: EndpointSlice?, in batch: inout Batch) {
        let content = object.flatMap { SliceContent($0, nodeName: options.nodeName) }
        let owner = content == nil ? nil : object.flatMap(Self.owner)
        var hasChanged = false
        if let oldOwner = sliceOwners[key], oldOwner != owner {
            let service = ObjectKey(namespace: key.namespace, name: oldOwner)
            hasChanged = services[service]?.setSlice(key.name, to: nil) ?? false
            batch.touch(service)
            sliceOwners[key] = nil
        }
        if let owner, let content {
            let service = ObjectKey(namespace: key.namespace, name: owner)
            if services[service, default: ServiceEntry()].setSlice(key.name, to: content) {
                hasChanged = true
                batch.touch(service)
                sliceOwners[key] = owner
                if let time = object.flatMap(Self.triggerTime), options.startTime.map({ $0 < time }) ?? true {
                    batch.addTriggerTime(time, to: service)
                }
            }
        }
        if hasChanged { batch.endpointSliceChangeCount += 1 }
    }

    mutating func setServiceCIDR(_ name: String, to object: ServiceCIDR?) {
        // A range of length 0 would drop all traffic of its family.
        let ranges = object.map { Set($0.cidrs.compactMap { IPPrefix($0) }.filter { $0.length > 0 }).sorted() }
        serviceCIDRCounts.replace(serviceCIDRObjects[name] ?? [], with: ranges ?? [])
        serviceCIDRObjects[name] = ranges
    }

    mutating func setNode(_ newNode: NodeContext, in batch: inout Batch) {
        guard newNode != node else { return }
        if newNode.zone != node.zone {
            for key in zoneHintServices.sorted() { batch.touch(key) }
        }
        if newNode.nodePortAddresses != node.nodePortAddresses {
            nodePortAddresses = newNode.nodePortAddresses.sorted()
            batch.areNodePortsStale = true
            for key in nodePortServices.sorted() { batch.touch(key) }
        }
        if newNode.nodeAddresses != node.nodeAddresses {
            for key in sourceRangeServices.sorted() { batch.touch(key) }
        }
        node = newNode
    }

    /// The zone of this node; nil where the label is absent or empty.
    static func zone(_ node: Node) -> String? {
        node.metadata.labels["topology.kubernetes.io/zone"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The name of the Service that a slice belongs to.
    private static func owner(_ slice: EndpointSlice) -> String? {
        slice.metadata.labels[EndpointSlice.serviceNameLabel].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// When the change that a slice shows began.
    private static func triggerTime(_ slice: EndpointSlice) -> Timestamp? {
        slice.metadata.annotations[EndpointSlice.lastChangeTriggerTimeAnnotation].flatMap { Timestamp($0) }
    }
}
