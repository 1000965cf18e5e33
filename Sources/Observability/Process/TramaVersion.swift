/// The version of the programs of this package.
public enum TramaVersion {
    /// As `--version` prints it, and as the label of `trama_build_info`.
    public static let current = "0.1.0"
}
