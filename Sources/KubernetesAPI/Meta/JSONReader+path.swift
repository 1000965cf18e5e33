import JSON

extension JSONReader {
    /// The path of the innermost value that holds a byte.
    ///
    /// Walks the JSON anew, so that reading need not keep track of where it is: only errors ask.
    ///
    /// - Parameters:
    ///   - target: The byte, counted as ``offset`` is.
    ///   - start: Where the value begins that the path is from.
    func path(of target: Int, from start: Int) -> FieldPath {
        var walker = self
        walker.rewind(to: Position(valueAt: start))
        var path = FieldPath()
        while let step = walker.stepDown(towards: target, in: path) { path.elements.append(step) }
        return path
    }

    /// Goes to the member of the value here that holds the byte `target`; nil where none does.
    private mutating func stepDown(towards target: Int, in path: FieldPath) -> FieldPath.Element? {
        guard let first = try? nextByte() else { return nil }
        if first == UInt8(ascii: "{"), (try? beginObject()) != nil {
            while (try? nextMember()) == true {
                guard let scanned = try? scanString(), let key = try? text(of: scanned), (try? readColon()) != nil
                else {
                    return nil
                }
                if goTo(target) { return path.isUserMap ? .key(key) : .field(key) }
                guard offset <= target else { return nil }
            }
        } else if first == UInt8(ascii: "["), (try? beginArray()) != nil {
            var index = 0
            while (try? nextElement()) == true {
                if goTo(target) { return .index(index) }
                guard offset <= target else { return nil }
                index += 1
            }
        }
        return nil
    }

    /// Skips the value here unless it holds the byte `target`, or is not JSON; then true, and it is the next to read.
    private mutating func goTo(_ target: Int) -> Bool {
        skipWhitespace()
        guard offset <= target else { return false }
        let start = position
        guard (try? skipValue()) != nil, offset <= target else {
            rewind(to: start)
            return true
        }
        return false
    }

    /// Where the value of a path begins, or of as much of the path as there is.
    ///
    /// - Parameter start: Where the value begins that the path is from.
    func offset(of path: FieldPath, from start: Int) -> Int {
        var walker = self
        walker.rewind(to: Position(valueAt: start))
        walker.skipWhitespace()
        var found = walker.offset
        for element in path.elements {
            guard walker.stepDown(along: element) else { break }
            walker.skipWhitespace()
            found = walker.offset
        }
        return found
    }

    /// Goes to a member of the value here; false where there is none.
    private mutating func stepDown(along element: FieldPath.Element) -> Bool {
        switch element {
        case .key(let key):
            return stepDown(to: key)
        case .field(let name):
            let start = position
            if stepDown(to: name) { return true }
            // Some fields come in two forms, and are named by the longer one: `clusterIP` and `clusterIPs`.
            rewind(to: start)
            return name.hasSuffix("s") && stepDown(to: String(name.dropLast()))
        case .index(let index):
            guard (try? beginArray()) != nil else { return false }
            var current = 0
            while (try? nextElement()) == true {
                if current == index { return true }
                guard (try? skipValue()) != nil else { return false }
                current += 1
            }
            return false
        }
    }
}

extension JSONReader {
    /// Goes to the member of that name; false where there is none.
    private mutating func stepDown(to name: String) -> Bool {
        guard (try? beginObject()) != nil else { return false }
        while let key = try? nextKey() {
            if key == name { return true }
            guard (try? skipValue()) != nil else { return false }
        }
        return false
    }
}

extension FieldPath {
    /// Whether the keys of the object at this path are the user's own.
    fileprivate var isUserMap: Bool {
        switch elements.last {
        case .field("labels"), .field("annotations"), .field("selector"): true
        default: false
        }
    }
}
