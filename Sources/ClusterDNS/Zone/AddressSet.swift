import Addressing

/// Addresses in order, each as often as it was put in: endpoints may be in two slices while they move.
struct AddressSet: Sendable {
    /// The addresses, in order.
    private(set) var sorted: [IPAddress] = []
    private var counts: [IPAddress: Int] = [:]

    /// Puts an address in once more.
    mutating func insert(_ address: IPAddress) {
        counts[address, default: 0] += 1
        guard counts[address] == 1 else { return }
        sorted.insert(address, at: place(of: address))
    }

    /// Takes an address out once.
    mutating func remove(_ address: IPAddress) {
        guard let count = counts[address] else { return }
        guard count == 1 else {
            counts[address] = count - 1
            return
        }
        counts[address] = nil
        sorted.remove(at: place(of: address))
    }

    /// Where the address is, or would be.
    private func place(of address: IPAddress) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < address { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
