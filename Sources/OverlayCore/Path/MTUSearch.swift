/// Finds the largest packet that passes a path, without the help of ICMP.
///
/// Sizes are those of pod packets in bytes. It is told which sizes were answered and which were lost; whether packets
/// as such pass is for ``TransportHealth`` to know.
///
/// Nothing is believed for one row of losses: a size that seems too large is tried as often again before the search for a
/// smaller one moves anything, and so is the bound that a search ends at. An answer always counts more than losses.
struct MTUSearch: Sendable, Hashable {
    /// The smallest size that is of use.
    let floor: UInt32
    /// The largest that the devices would take.
    private(set) var ceiling: UInt32
    /// The largest that passes, as far as is known.
    private(set) var current: UInt32
    /// ``current`` was answered since the beginning, or since the path was last in doubt.
    private(set) var isVerified = false
    /// Not even ``floor`` passes, though smaller packets do.
    private(set) var isUseless = false
    private var phase = Phase.confirming(lost: 0)

    private enum Phase: Sendable, Hashable {
        /// ``current`` passes.
        case settled
        /// ``current`` is tried again and again: so often it was lost.
        case confirming(lost: Int)
        /// The answer lies between two sizes.
        case searching(Range)
    }

    /// What is left of a search: `passing` passes, `failing` does not, as far as is known.
    private struct Range: Sendable, Hashable {
        var passing: UInt32
        var failing: UInt32
        /// Sizes from this one on need no trial.
        var limit: UInt32
        /// `failing` is sure: `limit`, or found twice.
        var isFailingSure = true
        /// What is tried at present, ascending, each with how often it was lost.
        var trials: [Trial] = []

        struct Trial: Sendable, Hashable {
            var size: UInt32
            var lost = 0
        }
    }

    /// A search that begins by trying `ceiling`; a ceiling below the floor becomes the floor.
    init(floor: UInt32, ceiling: UInt32) {
        self.floor = floor
        self.ceiling = max(floor, ceiling)
        current = self.ceiling
    }

    /// What is to be sent in one round, in bytes.
    var sizes: [UInt32] {
        switch phase {
        case .settled, .confirming: [current]
        case .searching(let range): range.trials.map(\.size)
        }
    }

    /// The answer lies between two sizes as yet.
    var isSearching: Bool {
        if case .searching = phase { true } else { false }
    }

    /// Rounds follow each other quickly.
    var isUrgent: Bool { phase != .settled }

    /// It is time to ``raise()``: nothing is in doubt, and there may be more.
    var mayRaise: Bool { phase == .settled && isVerified && current < ceiling }

    /// A packet of this size passed.
    mutating func answered(_ size: UInt32) {
        switch phase {
        case .settled, .confirming:
            guard size >= current else { return }
            isVerified = true
            isUseless = false
            phase = .settled
        case .searching(var range):
            guard size > range.passing, size < range.limit else { return }
            range.passing = size
            range.trials.removeAll { $0.size <= size }
            if size >= range.failing {
                // It was lost by chance.
                range.failing = range.limit
                range.isFailingSure = true
                range.trials = []
            }
            advance(range)
        }
    }

    /// A packet of this size was lost, while small ones pass.
    ///
    /// - Parameter required: So often in a row means that it never passes.
    mutating func lost(_ size: UInt32, required: Int) {
        switch phase {
        case .settled:
            if size == current { phase = .confirming(lost: 1) }
        case .confirming(let lost):
            guard size == current else { return }
            phase = .confirming(lost: lost + 1)
            guard lost + 1 >= required else { return }
            // The first stage tries it again, too.
            isVerified = false
            advance(Range(passing: floor - 1, failing: size + 1, limit: size + 1))
        case .searching(var range):
            guard let index = range.trials.firstIndex(where: { $0.size == size }) else { return }
            range.trials[index].lost += 1
            if range.trials[index].lost >= required {
                range.isFailingSure = size == range.failing
                range.failing = size
                range.trials.removeAll { $0.size >= size }
                advance(range)
            } else {
                phase = .searching(range)
            }
        }
    }

    /// A packet of this size never passes: the device says so.
    mutating func refused(_ size: UInt32) {
        switch phase {
        case .settled, .confirming:
            guard size <= current else { return }
            isVerified = false
            advance(Range(passing: floor - 1, failing: size, limit: size))
        case .searching(var range):
            guard size > range.passing, size < range.limit else { return }
            range.limit = size
            guard size <= range.failing else { return phase = .searching(range) }
            range.failing = size
            range.isFailingSure = true
            range.trials.removeAll { $0.size >= size }
            advance(range)
        }
    }

    /// Looks whether more than ``current`` passes by now.
    mutating func raise() {
        guard mayRaise else { return }
        advance(Range(passing: current, failing: ceiling + 1, limit: ceiling + 1))
    }

    /// Doubts ``current``: it is tried at once.
    mutating func restart() {
        isVerified = false
        phase = .confirming(lost: 0)
    }

    /// Begins with a size that somebody found out before.
    mutating func inherit(_ size: UInt32) {
        guard size >= floor, size < ceiling else { return }
        current = size
        restart()
    }

    /// The devices take another size by now.
    mutating func setCeiling(_ size: UInt32) {
        let size = max(floor, size)
        guard size != ceiling else { return }
        let wasCeiling = current == ceiling
        ceiling = size
        if wasCeiling || current > size {
            current = size
            restart()
        } else if isSearching {
            restart()
        }
    }

    /// Goes on with a search, or ends it where the answer is known.
    private mutating func advance(_ next: Range) {
        var range = next
        if range.trials.isEmpty {
            // A stage is over. What passes holds from here on: a flow that was cut off need not wait for the rest.
            if range.passing >= floor, !isVerified || range.passing > current {
                current = range.passing
                isVerified = true
            }
            let width = range.failing - range.passing
            // Eight bytes less cost half a percent, a further stage half a second.
            let isFloorOpen = range.passing < floor && range.failing > floor
            if width > 8 || isFloorOpen {
                range.trials = Self.trials(between: range)
            } else if !range.isFailingSure {
                range.trials = [.init(size: range.failing)]
            } else {
                return settle(range)
            }
            if isFloorOpen, range.trials.first?.size != floor { range.trials.insert(.init(size: floor), at: 0) }
        }
        phase = .searching(range)
    }

    private mutating func settle(_ range: Range) {
        phase = .settled
        guard range.passing < floor else { return }
        current = floor
        isUseless = true
    }

    /// Up to seven sizes: the largest one that may pass, and others that divide what is below it.
    private static func trials(between range: Range) -> [Range.Trial] {
        let (low, high) = (range.passing, range.failing - 1)
        let parts: UInt32 = 7
        var sizes: [UInt32] = []
        for part in 1...parts {
            let size = low + UInt32(UInt64(high - low) * UInt64(part) / UInt64(parts))
            if size > low, size != sizes.last { sizes.append(size) }
        }
        return sizes.map { Range.Trial(size: $0) }
    }
}
