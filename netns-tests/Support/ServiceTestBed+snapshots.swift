import Addressing
import NFTables
import ServiceDataplane
import ServiceRouting

extension ServiceTestBed {
    /// The tables of both families as they are in the kernel, but for who is remembered by affinity.
    ///
    /// The order of a frontend's slots says nothing, so endpoints are numbered in ascending order.
    func snapshots() async throws -> [Snapshot] {
        var snapshots: [Snapshot] = []
        for planner in planners {
            let read = try await nftables.snapshot(of: planner.table) { StickyMap(name: $0.name) == nil }
            guard let read else { continue }
            snapshots.append(read.withSortedSlots(planner.configuration.family))
        }
        return snapshots
    }
}

extension Snapshot {
    /// The table with each frontend's endpoints in ascending order.
    func withSortedSlots(_ family: IPFamily) -> Snapshot {
        var copy = self
        for list in SlotList.allCases {
            var backends: [Frontend: [Backend]] = [:]
            var others: [Element] = []
            for element in elements[list.mapName] ?? [] {
                if case .endpoint(_, let frontend, _, let backend) = DataplaneElement(
                    element,
                    of: list.mapName,
                    family: family
                ) {
                    backends[frontend, default: []].append(backend)
                } else {
                    others.append(element)
                }
            }
            copy.elements[list.mapName] =
                others
                + backends.flatMap { frontend, backends in
                    backends.sorted().enumerated().map { slot, backend in
                        DataplaneElement.endpoint(list, frontend, slot: slot, backend).kernelElement
                    }
                }
        }
        return copy
    }
}
