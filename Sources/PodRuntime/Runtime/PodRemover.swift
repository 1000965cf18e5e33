import CLinux
import Netlink
import PodLauncher

/// Removes what is left of pods, on a thread of its own: that may be much, and others must not wait for it.
actor PodRemover {
    private let executor = ThreadExecutor(name: "pod-removal")

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Removes every file of a pod, its logs too.
    func removeAll(_ paths: PodPaths) {
        // In bounds: C strings.
        for point in MountTable.points(below: paths.folder) { _ = unsafe clinux_unmount(point) }
        SmallFiles.removeAll(paths.logFolder)
        // Last: with it the pod is forgotten. A file that somebody just wrote takes a second go.
        for _ in 0..<3 where SmallFiles.exists(paths.folder) { SmallFiles.removeAll(paths.folder) }
    }
}
