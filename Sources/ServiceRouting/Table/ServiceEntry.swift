import Addressing

/// What the table keeps of one Service: its objects, and what the state of the table contains because of them.
struct ServiceEntry: Sendable {
    /// One EndpointSlice of the Service.
    struct Slice: Sendable {
        let name: String
        var content: SliceContent
    }

    /// What the Service adds to the state of the table, beside the routes of the frontends that it holds.
    struct Contribution: Sendable {
        /// The frontends that it asks for, whether it holds them or not.
        var claims: [Claim] = []
        /// Its share in the addresses of local endpoints; each once.
        var localAddresses: [IPAddress] = []
        /// Its share in the counts.
        var noLocalEndpoints = NoLocalEndpointCounts()
    }

    /// The Service; nil where it does not exist or is not for this proxy.
    var spec: ServiceSpec?
    /// In ascending order of their names, so that the order of arrival does not matter.
    private(set) var slices: [Slice] = []
    /// What it adds to the table's state now.
    var contribution = Contribution()

    /// Whether there is nothing left to remember.
    var isEmpty: Bool { spec == nil && slices.isEmpty }

    /// Whether the routes depend on this node's zone.
    var hasZoneHints: Bool { slices.contains { !$0.content.zoneSets.isEmpty } }

    /// Sets, replaces or removes the slice of that name; false if it was so before.
    mutating func setSlice(_ name: String, to content: SliceContent?) -> Bool {
        let index = insertionIndex(of: name)
        let isPresent = index < slices.endIndex && slices[index].name == name
        switch (isPresent, content) {
        case (true, let content?):
            guard slices[index].content != content else { return false }
            slices[index].content = content
        case (true, nil):
            slices.remove(at: index)
        case (false, let content?):
            slices.insert(Slice(name: name, content: content), at: index)
        case (false, nil):
            return false
        }
        return true
    }

    /// Where the slice of that name is or would be.
    private func insertionIndex(of name: String) -> Int {
        var range = slices.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if slices[middle].name < name {
                range = (middle + 1)..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return range.lowerBound
    }
}
