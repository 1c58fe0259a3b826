import Estimate
import Runtime

/// `run.json`. A stable interface: keys are added, never renamed.
public struct RunRecord: Codable, Sendable, Hashable {
    public enum Status: String, Codable, Sendable {
        case running, finished
        case earlyStopping = "early_stopping"
        case maxTime = "max_time"
        case maxSteps = "max_steps"
        case interrupted, failed

        /// Whether there is nothing to go on with.
        var isFinal: Bool {
            switch self {
            case .running, .interrupted, .failed: false
            case .finished, .earlyStopping, .maxTime, .maxSteps: true
            }
        }
    }

    public struct Versions: Codable, Sendable, Hashable {
        public var nnc: String
        /// The version of this record.
        public var record: Int
    }

    public struct Model: Codable, Sendable, Hashable {
        public var name: String
        /// Where the file stood, for the relative paths in it.
        public var path: String
        /// The `--set` arguments.
        public var set: [String]
    }

    public struct BLAS: Codable, Sendable, Hashable {
        public var version: String
        public var core: String
    }

    public struct DataFile: Codable, Sendable, Hashable {
        public var path: String
        public var bytes: Int
        public var sha256: String
    }

    public struct Data: Codable, Sendable, Hashable {
        public var files: [DataFile]
        public var trainExamples: Int
        public var validationExamples: Int
        public var testExamples: Int
        /// Of an example, as the network reads it; nil in a record from before this was noted.
        public var shape: [Int]?
        /// What a number of the files was multiplied by, and what was then added: one pair for all, one for each channel of an image or column of a
        /// table. Nil where nothing was done to them, or there are very many.
        public var scale: [Float]?
        public var shift: [Float]?
    }

    public struct Parameters: Codable, Sendable, Hashable {
        public var before: Int
        public var after: Int
    }

    /// Layers that never change, which ran once for each example of all splits.
    public struct Front: Codable, Sendable, Hashable {
        public struct Amounts: Codable, Sendable, Hashable {
            public var predicted: Int
            /// The least and the most, where the prediction depends on the data.
            public var lower: Int?
            public var upper: Int?
            public var counted: Int
        }

        public var layers: [String]
        public var examples: Int
        public var seconds: Double
        /// Of what they put out, kept during the run.
        public var bytes: Int
        public var multiplications: Amounts
        public var additions: Amounts
    }

    /// A process that went on with the run.
    public struct Resumption: Codable, Sendable, Hashable {
        /// The checkpoint that it went on from; nil where there was none, and the run began anew.
        public var checkpoint: String?
        /// Steps done by then.
        public var step: Int
        public var command: [String]
        public var threads: Int
        /// What was not as before, and `--force` has overruled.
        public var differences: [String]
    }

    /// What the run began with where it did not begin at random.
    public struct Weights: Codable, Sendable, Hashable {
        /// The run or the file that the model file names.
        public var path: String
        /// The file that was read.
        public var file: String
        public var sha256: String
        /// By name, as `layer.kernel`.
        public var loaded: [String]
        /// Weights of the network that the file does not have.
        public var random: [String]
        /// Numbers of the file that the network has no place for.
        public var unused: [String]
    }

    /// A layer of the network as the run began and as it ended.
    public struct Layer: Codable, Sendable, Hashable {
        public var name: String
        public var type: String
        /// Units or filters; nil for a layer that has none of its own.
        public var unitsBefore: Int?
        public var unitsAfter: Int?
        public var parametersBefore: Int
        public var parametersAfter: Int
    }

    public struct Epoch: Codable, Sendable, Hashable {
        public var epoch: Int
        /// Of training proper: without evaluation and saving.
        public var seconds: Double
        /// Of the forward passes, and of the backward passes with their updates.
        public var forwardSeconds: Double
        public var backwardSeconds: Double
        public var examples: Int
        public var examplesPerSecond: Double
    }

    /// Of training proper: without evaluation and saving.
    public struct Seconds: Codable, Sendable, Hashable {
        public var measured: Double
        /// Of the steps that were done; nil where no machine's were asked for.
        public var predicted: SecondsRecord?

        init(_ result: TrainingResult, predicted: SecondsRecord?) {
            measured = result.epochs.reduce(0) { $0 + $1.seconds }
            self.predicted = predicted
        }
    }

    /// How the work of policies was done.
    public struct Strategies: Codable, Sendable, Hashable {
        /// By whose seconds it was chosen where the file left it open; nil where no machine was asked.
        public var machine: MachineProfile.Key?
        public var threads: Int?
        public var layers: [StrategyRecord]
    }

    public struct Memory: Codable, Sendable, Hashable {
        /// Bytes.
        public var predicted: EstimateRecord.Memory
        /// The most that the process has had.
        public var peakResident: Int?
    }

    public var status: Status
    /// The message of what went wrong, where something did.
    public var error: String?
    public var command: [String]
    public var versions: Versions
    public var model: Model
    public var cpu: String
    public var blas: BLAS
    public var data: Data
    public var seed: UInt64
    public var threads: Int
    public var deterministic: Bool
    public var parameters: Parameters
    /// Nil where all weights began at random.
    public var weights: Weights?
    /// Nil in a record from before there were any.
    public var layers: [Layer]?
    /// Nil without policies.
    public var strategies: Strategies?
    public var steps: Int
    public var epochs: [Epoch]
    /// By split and measure; a measure that is no finite number is left out.
    public var metrics: [String: [String: Double]]
    public var work: WorkRecord?
    /// Nil until the run ends.
    public var seconds: Seconds?
    /// Nil where all layers ran in every step; in none of the other numbers.
    public var front: Front?
    /// Nil without pre-training, which is in none of the other numbers.
    public var pretrain: PretrainRecord?
    /// By layer that computes some of its units only, in the last epoch; nil where none does.
    public var activity: [String: LayerActivity]?
    public var memory: Memory
    /// Nil where one process did all.
    public var resumed: [Resumption]?
}

/// A line of `metrics.jsonl`: an epoch's end, an evaluation inside one, or an epoch of the pre-training of a layer.
public struct MetricsLine: Codable, Sendable, Hashable {
    public struct Pretrain: Codable, Sendable, Hashable {
        public var layer: String
        /// Nil where it is no number, and where the line is not an epoch's end.
        public var reconstructionError: Double?
    }

    /// Of an epoch of pre-training, or of a change in it; `epoch` and `step` are those of the layer then.
    public var pretrain: Pretrain?
    public var epoch: Int
    /// Of the run, from 1.
    public var step: Int
    public var seconds: Double?
    public var examplesPerSecond: Double?
    public var learningRate: Double?
    public var train: [String: Double]?
    public var validation: [String: Double]?
    public var test: [String: Double]?
    public var nonFiniteSteps: Int?
    /// By layer that computes some of its units only, in this epoch.
    public var activity: [String: LayerActivity]?
    /// What policies found when they looked.
    public var notes: [String]?
    /// Layers that have other numbers of units from here on.
    public var units: [String: Int]?
    /// The units of these layers that went, as the untrained network numbers them.
    public var left: [String: [Int]]?
    /// Those that came back.
    public var returned: [String: [Int]]?
}
