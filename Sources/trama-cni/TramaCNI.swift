import Attachment
import Glibc

/// The CNI plug-in `trama-cni`.
@main
struct TramaCNI {
    static func main() async {
        exit(await CNIPlugin.runProgram())
    }
}
