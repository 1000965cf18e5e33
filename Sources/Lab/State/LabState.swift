public import LabNetwork

/// What is known of a lab that was begun: enough to take away all that may have been made for it.
///
/// It is written before anything is made, and again with every program that was started. Names and addresses follow from
/// the options and the nodes (``LabPlan``).
public struct LabState: Sendable, Hashable {
    /// A program that was started.
    public struct Process: Sendable, Hashable {
        /// What it is called: `control-plane`, `node-1`.
        public var name: String
        /// The host that it runs on, by name.
        public var host: String
        /// It.
        public var process: LabProcess

        /// A program that was started.
        public init(name: String, host: String, process: LabProcess) {
            self.name = name
            self.host = host
            self.process = process
        }
    }

    /// Random, and in the environment of all the lab's processes, so that they are known as the lab's.
    public var id: String
    /// Which start of the machine this is about (`/proc/sys/kernel/random/boot_id`): process numbers say nothing after
    /// another one.
    public var bootID: String
    /// When it was begun, in seconds since 1970.
    public var began: Int
    /// Whether it came up.
    public var isComplete = false
    /// Whether the folder of wireguard-go's sockets was not there before, so that it is to go.
    public var hadNoWireGuardFolder = false
    /// What it is like.
    public var options: LabOptions
    /// The nodes' numbers, in order.
    public var nodes: [Int]
    /// What was started.
    public var processes: [Process] = []
    /// Who does not hear whom.
    public var partitions: [Partition] = []

    /// A lab that begins.
    public init(id: String, bootID: String, began: Int, options: LabOptions, nodes: [Int]) {
        self.id = id
        self.bootID = bootID
        self.began = began
        self.options = options
        self.nodes = nodes
    }

    /// What it is made of.
    public var plan: LabPlan { LabPlan(options, nodes: nodes) }
}
