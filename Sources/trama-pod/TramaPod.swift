/// The program that becomes a container's process.
@main
struct TramaPod {
    static func main() {}
}
