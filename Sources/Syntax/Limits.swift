/// How much YAML a model file may hold. A file beyond these is a mistake or an attack.
public enum SyntaxLimits {
    /// In bytes. Whoever reads a file can refuse it by its size, before reading it.
    public static let fileSize = 16 << 20
    /// Levels of lists and mappings, with aliases put in place.
    public static let depth = 64
    /// Scalars, lists and mappings, with aliases put in place.
    public static let nodes = 100_000
    /// So many unreadable parts are skipped and reported, then the parser gives up.
    static let recoveries = 20
    /// So many bytes are parsed again after mistakes, then the parser gives up.
    static let recoveredBytes = 4 << 20
}
