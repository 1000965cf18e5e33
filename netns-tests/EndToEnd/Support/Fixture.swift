/// Files of the repository, found from where this one was compiled.
enum Fixture {
    /// The path of a file in `Fixtures`.
    static func path(_ name: String) -> String { "\(folder(up: 2))/Fixtures/\(name)" }

    /// The path of a file of the repository.
    static func repository(_ path: String) -> String { "\(folder(up: 4))/\(path)" }

    private static func folder(up levels: Int) -> String {
        #filePath.split(separator: "/").dropLast(levels).reduce("") { "\($0)/\($1)" }
    }
}
