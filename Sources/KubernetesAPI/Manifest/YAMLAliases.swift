/// How much text the aliases (`*name`) of a YAML document stand for.
enum YAMLAliases {
    /// How much they may stand for, in bytes.
    static let limit = 4 << 20

    /// Estimates, before the document is parsed, how many bytes its aliases stand for; nil for more than ``limit``.
    ///
    /// A few lines of anchors that contain aliases of one another stand for more text than any machine holds. The
    /// parser follows them already where they are in keys, so a limit on what comes out of it would come too late.
    /// The estimate takes all between an anchor and its first alias for what the anchor names: mostly too much, and
    /// too little only where anchors are faked in comments; but whoever may write manifests can do worse things.
    static func estimate(in text: ArraySlice<UInt8>) -> Int? {
        guard text.contains(UInt8(ascii: "*")), text.contains(UInt8(ascii: "&")) else { return 0 }
        /// Bytes up to here, with what the aliases up to here stand for.
        var weight = 0
        var aliasWeight = 0
        var anchors: [ArraySlice<UInt8>: Anchor] = [:]
        var position = text.startIndex
        while position < text.endIndex {
            let byte = text[position]
            position += 1
            weight += 1
            guard byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*") else { continue }
            let name = text[position...].prefix(while: isNameByte)
            if byte == UInt8(ascii: "&") {
                anchors[name] = .open(since: weight)
            } else if let anchor = anchors[name] {
                let size: Int
                switch anchor {
                case .open(let start): size = weight - start
                case .closed(let known): size = known
                }
                anchors[name] = .closed(size: size)
                weight += size
                aliasWeight += size
                guard aliasWeight <= limit else { return nil }
            }
        }
        return aliasWeight
    }

    private enum Anchor {
        /// Not used yet: what it names may go on.
        case open(since: Int)
        /// Used: what it names has ended.
        case closed(size: Int)
    }

    /// The letters of names, in libyaml.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
