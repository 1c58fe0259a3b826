import Graph

/// What `nnc estimate --format json` prints. A stable interface: keys are added, never renamed.
public struct EstimateRecord: Codable, Sendable, Hashable {
    public struct Operations: Codable, Sendable, Hashable {
        public var multiplications: Int
        public var additions: Int

        init(_ work: Work) {
            multiplications = work.allMultiplications
            additions = work.additions
        }
    }

    /// A step's work shared out among its examples, so not always whole.
    public struct PerExample: Codable, Sendable, Hashable {
        public var multiplications: Double
        public var additions: Double
    }

    public struct Totals: Codable, Sendable, Hashable {
        /// Training, on a full batch.
        public var example: PerExample
        public var step: Operations
        /// Nil where the data are not at hand, so that the number of examples is not known; so are those below.
        public var epoch: Operations?
        public var run: Operations?
        /// The least and the most of the run, where it depends on the data.
        public var runLower: Operations?
        public var runUpper: Operations?
        /// Forward passes over the validation and test splits during the whole run.
        public var evaluation: Operations?
    }

    /// Bytes.
    public struct Memory: Codable, Sendable, Hashable {
        public var parameters: Int
        public var optimizer: Int
        public var layerState: Int
        public var activations: Int
        public var scratch: Int
        public var data: Int
        /// What layers that never change put out for all examples; nil where it is not kept.
        public var front: Int?
        /// Nil in records from before it was held apart.
        public var aside: Int?
        public var packing: Int
        public var program: Int
        public var total: Int

        public init(_ memory: PeakMemory) {
            parameters = memory.parts.parameters
            optimizer = memory.parts.optimizer
            layerState = memory.parts.layerState
            activations = memory.parts.activations
            scratch = memory.parts.scratch
            data = memory.data
            front = memory.front > 0 ? memory.front : nil
            aside = memory.aside
            packing = memory.packing
            program = memory.program
            total = memory.total
        }
    }

    public struct Pretraining: Codable, Sendable, Hashable {
        public struct Layer: Codable, Sendable, Hashable {
            public var name: String
            /// On a full batch.
            public var step: Operations
            /// Nil where the number of examples is not known; so is that below.
            public var epoch: Operations?
            /// All epochs.
            public var run: Operations?
            /// The least and the most of them, where it depends on the data.
            public var runLower: Operations?
            public var runUpper: Operations?
            /// The numbers of units that the layer has in it, one after the other, where they change.
            public var units: [Int]?
        }

        public var batch: Int
        /// Of each layer.
        public var epochs: Int
        public var layers: [Layer]
        public var run: Operations?

        init?(_ estimate: Estimate) {
            guard let first = estimate.pretraining.first else { return nil }
            batch = first.batch
            epochs = first.epochs
            let isKnown = estimate.isLengthKnown
            layers = estimate.pretraining.map {
                Layer(
                    name: $0.name, step: Operations($0.step.total), epoch: isKnown ? Operations($0.epoch.total) : nil,
                    run: isKnown ? Operations($0.run.total) : nil, runLower: isKnown && !$0.isExact ? Operations($0.lower.total) : nil,
                    runUpper: isKnown && !$0.isExact ? Operations($0.upper.total) : nil, units: $0.units.count > 1 ? $0.units : nil)
            }
            run = isKnown ? Operations(estimate.pretrainingRun.total) : nil
        }
    }

    /// Layers that never change, which run once for each example before the training.
    public struct Front: Codable, Sendable, Hashable {
        public var layers: [String]
        /// Of all splits; nil where the number is not known, and so are those below.
        public var examples: Int?
        public var run: Operations?
        /// The least and the most of it, where it depends on the data.
        public var runLower: Operations?
        public var runUpper: Operations?
        /// Of what they put out.
        public var bytes: Int?

        init(_ front: FrontEstimate) {
            layers = front.layers
            guard front.examples > 0 else { return }
            examples = front.examples
            run = Operations(front.total)
            if front.lower != front.upper { (runLower, runUpper) = (Operations(front.lower), Operations(front.upper)) }
            bytes = front.bytes
        }
    }

    public var batch: Int
    public var epochs: Int
    public var trainExamples: Int
    public var parameters: Int
    public var totals: Totals
    /// Nil where all layers run in every step; in none of the other numbers.
    public var front: Front?
    /// Nil without pre-training; in none of the other numbers.
    public var pretrain: Pretraining?
    /// Of layers that compute some of their units only; nil where none does, or where the run's length is not known.
    public var choices: [ChoiceRecord]?
    /// How the work of policies is done, where a machine was asked for the seconds; nil without policies.
    public var strategies: [StrategyRecord]?
    /// Nil where there was none.
    public var pilot: PilotRecord?
    public var memory: Memory
    public var work: WorkRecord
    /// Nil where no machine's were asked for.
    public var seconds: SecondsRecord?
    /// Nil where there is nothing to advise on.
    public var advice: [AdviceRecord]?

    public init(_ estimate: Estimate, dense: Estimate? = nil, choices: [UnitChoice] = [], strategies: [StrategyRecord] = [], pilot: PilotRecord? = nil, advice: [AdviceRecord] = []) {
        self.pilot = pilot
        self.advice = advice.isEmpty ? nil : advice
        self.strategies = strategies.isEmpty ? nil : strategies
        self.choices = choices.isEmpty ? nil : choices.map(ChoiceRecord.init)
        batch = estimate.batch
        epochs = estimate.length.epochs
        trainExamples = estimate.length.trainExamples
        parameters = estimate.parameters
        let step = estimate.step.total
        let examples = Double(max(estimate.stepExamples, 1))
        totals = Totals(
            example: PerExample(multiplications: Double(step.allMultiplications) / examples, additions: Double(step.additions) / examples),
            step: Operations(step), epoch: estimate.isLengthKnown ? Operations(estimate.epoch.total) : nil,
            run: estimate.isLengthKnown ? Operations(estimate.run.total) : nil,
            runLower: estimate.isLengthKnown && !estimate.isExact ? Operations(estimate.lower.total) : nil,
            runUpper: estimate.isLengthKnown && !estimate.isExact ? Operations(estimate.upper.total) : nil,
            evaluation: estimate.isLengthKnown ? Operations(estimate.evaluation) : nil)
        front = estimate.front.map(Front.init)
        pretrain = Pretraining(estimate)
        memory = Memory(estimate.memory)
        work = WorkRecord(estimate, dense: dense)
        seconds = SecondsRecord(estimate, dense: dense)
    }
}

extension Estimate {
    /// Examples of the step that `step` describes.
    var stepExamples: Int { batch }
}
