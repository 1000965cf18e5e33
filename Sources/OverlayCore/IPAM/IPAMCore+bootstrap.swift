internal import Addressing

extension IPAMCore {
    /// Founds our part of the ring, when it is time, if we are a founder and it was not founded before.
    mutating func found(_ view: some IPAMView, _ step: inout IPAMStep) {
        guard let deadline = foundingDeadline else { return }
        guard let founders, let place = place(among: founders) else {
            foundingDeadline = nil
            return
        }
        guard step.now >= deadline else { return }
        foundingDeadline = nil
        for index in ranges.indices where ranges[index].range.id.isEmpty {
            guard
                let slice = ranges[index].range.slice(place, of: founders.count),
                let key = ringEntry(index, slice, owner: own, version: 1)?.key, step.entry(key, view) == nil
            else { continue }
            write(index, slice, owner: own, version: 1, &step)
        }
    }

    /// Our place among the founders; nil where we are not one.
    func place(among founders: [String]) -> Int? {
        founders.firstIndex(of: ownName) ?? founders.firstIndex(of: own.description)
    }
}
