import Glibc
import PodLauncher

/// The program that becomes a container's process.
@main
struct TramaPod {
    static func main() {
        exit(Launcher.run(Array(CommandLine.arguments.dropFirst())))
    }
}
