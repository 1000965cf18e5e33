/// What a run of tests is to do.
public struct RoutingTestOptions: Sendable {
    /// The files, as they were named.
    public var files: [String]
    /// The path of `trama`, which is started as the nodes' proxy.
    public var program: String
    /// Only flows in whose title, name or file this stands; nil for all.
    public var filter: String?
    /// Where JUnit XML is written; nil for nowhere.
    public var junit: String?
    /// Whether the hosts are left as they are at the end.
    public var keepsHosts: Bool
    /// How long an answer is waited for.
    public var timeout: Duration
    /// Whether marks are coloured.
    public var usesColor: Bool

    /// A run of those files.
    public init(
        files: [String],
        program: String = "/proc/self/exe",
        filter: String? = nil,
        junit: String? = nil,
        keepsHosts: Bool = false,
        timeout: Duration = .seconds(3),
        usesColor: Bool = false
    ) {
        self.files = files
        self.program = program
        self.filter = filter
        self.junit = junit
        self.keepsHosts = keepsHosts
        self.timeout = timeout
        self.usesColor = usesColor
    }
}
