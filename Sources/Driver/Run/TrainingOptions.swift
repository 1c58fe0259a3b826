/// What `nnc train` is asked to do.
public struct TrainingOptions: Sendable {
    /// The model file; of a run that goes on, its own.
    public var file: String
    public var overrides: [String]
    public var threads: Int?
    /// The run directory to make; nil: a new one below `output.directory`.
    public var output: String?
    /// Train so many steps and write nothing.
    public var dryRunSteps: Int?
    public var progress: ProgressStyle
    /// For the record.
    public var command: [String]
    /// The run directory of a run to go on with.
    public var resume: String?
    /// Whether it goes on although something is not as it was.
    public var force = false
    /// Whether to train although the machine has not so much memory free.
    public var allowSwap = false
    /// Whose seconds are predicted.
    public var profile = ProfileChoice.none
    /// Nil for what the machine says: for keeping what layers that never change put out, and for all.
    var freeMemory: Int?
    var availableMemory: Int?
    /// For tests: another reason to stop than a signal.
    var isStopRequested: @Sendable () -> Bool = { Interrupt.isRequested }

    public init(
        file: String, overrides: [String] = [], threads: Int? = nil, output: String? = nil, dryRunSteps: Int? = nil,
        progress: ProgressStyle = .auto, command: [String] = [], resume: String? = nil, force: Bool = false, allowSwap: Bool = false,
        profile: ProfileChoice = .none
    ) {
        self.file = file
        self.overrides = overrides
        self.threads = threads
        self.output = output
        self.dryRunSteps = dryRunSteps
        self.progress = progress
        self.command = command
        self.resume = resume
        self.force = force
        self.allowSwap = allowSwap
        self.profile = profile
    }

    /// Those of a run that goes on.
    public init(resume: String, force: Bool = false, threads: Int? = nil, progress: ProgressStyle = .auto, command: [String] = [], allowSwap: Bool = false, profile: ProfileChoice = .none) {
        self.init(
            file: RunDirectory(path: resume).resolvedPath, threads: threads, progress: progress, command: command, resume: resume, force: force, allowSwap: allowSwap,
            profile: profile)
    }
}
