extension DiagnosticKind {
    /// Runs: the model file as a file, output directories and memory.
    static let runKinds: [DiagnosticKind] = [
        modelFileUnreadable, outputNotWritable, outputNotEmpty, writeFailed, notEnoughMemory, runIncomplete,
        weightsDoNotFit, noData, targetsUnknown, initialWeightsUnreadable, frozenLayerWithoutWeights, initialWeightsShapeDiffers,
        initialWeightsFitNothing, frontNotKept, moreLabelsThanOutputs, noSuchSplit, profileUnreadable, profileNotKept, exportInTheWay,
        resumedRunDiffers, checkpointDamaged, checkpointPassedOver, runIsBusy, internalFault,
    ]

    public static let modelFileUnreadable = DiagnosticKind(
        "NNC0630", title: "the model file cannot be read",
        explanation: "The file named on the command line does not exist, is a directory, or may not be read.",
        wrong: "nnc train modles/quickstart.yaml", right: "nnc train models/quickstart.yaml")

    public static let outputNotWritable = DiagnosticKind(
        "NNC0631", title: "the output directory cannot be written",
        explanation: "Found out before training: the run directory could not be made, or no file could be written in it.",
        wrong: "nnc train model.yaml --output /proc/run", right: "nnc train model.yaml --output runs/first")

    public static let outputNotEmpty = DiagnosticKind(
        "NNC0632", title: "the output directory is not empty",
        explanation: "A run never writes over what is there. Name a new directory, or leave `--output` away to get a new one below `output.directory`.",
        wrong: "nnc train model.yaml --output runs/first   # a second time", right: "nnc train model.yaml --output runs/second")

    public static let writeFailed = DiagnosticKind(
        "NNC0633", title: "a file of the run could not be written",
        explanation: "The disk is full, or the directory vanished or became read-only while training. Files that were there before are whole: nothing is written in place.",
        wrong: "nnc train model.yaml --output /mnt/full/run", right: "nnc train model.yaml --output /mnt/with-space/run")

    public static let notEnoughMemory = DiagnosticKind(
        "NNC0634", title: "training needs more memory than there is",
        explanation: """
            The estimate of the peak is larger than what the machine, or the share of a container, has free. Nothing was allocated. `nnc estimate` shows what takes how much; \
            `nnc train --allow-swap` trains nevertheless, at the risk of being very slow, or of being ended by the system.
            """,
        wrong: "- { type: dense, units: 1000000000000 }", right: "- { type: dense, units: 1000 }")

    public static let runIncomplete = DiagnosticKind(
        "NNC0635", title: "this is no run directory",
        explanation: "A run directory holds `model.yaml`, `run.json` and `checkpoints/final.safetensors`. Something of it is missing or cannot be read.",
        wrong: "nnc eval models/", right: "nnc eval runs/quickstart-1")

    public static let weightsDoNotFit = DiagnosticKind(
        "NNC0636", title: "the saved weights do not fit the model",
        explanation: "The file of weights is damaged, or belongs to a model with other layers.",
        wrong: "nnc eval runs/a   # after its model.yaml was changed", right: "nnc eval runs/a   # as it was written")

    public static let noData = DiagnosticKind(
        "NNC0637", title: "there are no data to train on",
        explanation: "The file has no `data:` block. That is enough for `check`, `graph` and `estimate`, but not for `train` and `eval`.",
        wrong: "model:\n  input: { shape: [4] }", right: "data: { format: csv, train: iris.csv }\nmodel:\n  input: { shape: [4] }")

    public static let targetsUnknown = DiagnosticKind(
        "NNC0638", title: "the number of classes is not known",
        explanation: "There are no data to count the classes in, and the last layer with weights does not give them away. A dense layer at the end does.",
        wrong: "model:\n  input: { shape: [28, 28, 1] }\n  layers:\n    - { type: flatten }",
        right: "model:\n  input: { shape: [28, 28, 1] }\n  layers:\n    - { type: flatten }\n    - { type: dense, units: 10, activation: softmax }")

    public static let initialWeightsUnreadable = DiagnosticKind(
        "NNC0639", title: "the weights to begin with cannot be read",
        explanation: """
            `model.weights` names a run directory, of which `checkpoints/final.safetensors` is taken, or a safetensors file. There is none at this path, or it is damaged: \
            a file whose header does not fit its size is refused. Only `nnc train` and `nnc check` look for it; a run that is over has its own weights.
            """,
        wrong: "model: { weights: runs/featrues-1 }", right: "model: { weights: runs/features-1 }")

    public static let frozenLayerWithoutWeights = DiagnosticKind(
        "NNC0640", title: "a layer that is not trained has no weights to begin with",
        explanation: """
            Layers that the file of weights does not have begin at random, but a layer with `trainable: false` would stay at random. Weights are matched by name: \
            `layer.kernel`, or `layer.weight` in PyTorch's layout, belongs to the layer of that name.
            """,
        wrong: """
            weights: runs/features-1   # its layers are c1 and c2
            # - { name: conv1, type: conv2d, filters: 32, kernel_size: 3, trainable: false }
            """,
        right: """
            weights: runs/features-1
            # - { name: c1, type: conv2d, filters: 32, kernel_size: 3, trainable: false }
            """)

    public static let initialWeightsShapeDiffers = DiagnosticKind(
        "NNC0641", title: "weights to begin with that have another shape",
        explanation: """
            The file has weights of this name, but for a layer of another size, or with numbers of another type than float32. A layer that is to be new gets a name that \
            the file does not have. A run whose policies took units away has ended with fewer than its model file says: `nnc inspect` tells how many.
            """,
        wrong: "- { name: h1, type: dense, units: 500 }   # 300 in the file", right: "- { name: h1, type: dense, units: 300 }")

    public static let initialWeightsFitNothing = DiagnosticKind(
        "NNC0642", title: "weights to begin with that are none of this network's",
        explanation: """
            No layer of the network has the name of one in the file, so all of it would begin at random, as if `weights` were not there.
            """,
        wrong: """
            weights: runs/features-1   # its layers are c1 and c2
            # layers: [{ name: conv1, type: conv2d, filters: 32, kernel_size: 3 }]
            """,
        right: """
            weights: runs/features-1
            # layers: [{ name: c1, type: conv2d, filters: 32, kernel_size: 3 }]
            """)

    public static let frontNotKept = DiagnosticKind(
        "NNC0643", .note, title: "layers that never change run in every step",
        explanation: """
            Layers with `trainable: false` at the beginning of a network put out the same for an example in every epoch. They run once for each example, and what \
            they put out is kept in memory, where there is enough of it that is free. Here there is not: the network trains to the same numbers, but slower.
            """,
        wrong: """
            data: { dataset: fashion_mnist }   # on a machine with little memory
            # - { name: c1, type: conv2d, filters: 256, kernel_size: 3, trainable: false }
            """,
        right: """
            data: { dataset: fashion_mnist, limit: 10000 }
            # - { name: c1, type: conv2d, filters: 256, kernel_size: 3, trainable: false }
            """)

    public static let moreLabelsThanOutputs = DiagnosticKind(
        "NNC0644", title: "more labels than the network tells apart",
        explanation: """
            `--top` asks for so many labels of each example, the likeliest first. There are as many as the network has outputs; where a policy chooses which outputs \
            are computed, as many as it chooses. A network whose loss is `mse` has numbers and no labels.
            """,
        wrong: "nnc predict runs/fashion-1 --top 20   # of ten classes", right: "nnc predict runs/fashion-1 --top 10")

    public static let noSuchSplit = DiagnosticKind(
        "NNC0645", title: "a split that the data of the run do not have",
        explanation: """
            Without a file, `nnc predict` takes the examples of one split of the data that the network has learnt from: `train`, `validation` or `test`. This one is not there.
            """,
        wrong: "nnc predict runs/fashion-1 --split validation   # data: { dataset: fashion_mnist }", right: "nnc predict runs/fashion-1 --split test")

    public static let profileUnreadable = DiagnosticKind(
        "NNC0646", title: "a machine profile that cannot be used",
        explanation: """
            `--profile` names a file that `nnc calibrate --output` has written, here or on another machine, with a program of the same version of profiles. \
            A file that was cut short or changed by hand is refused as a whole: a wrong rate makes every prediction wrong.
            """,
        wrong: "nnc estimate model.yaml --profile run.json", right: "nnc estimate model.yaml --profile server.json   # written by `nnc calibrate --output server.json`")

    public static let profileNotKept = DiagnosticKind(
        "NNC0647", .warning, title: "what was measured of this machine could not be kept",
        explanation: """
            The profile of a machine is kept in `$XDG_CACHE_HOME/nnc` or `~/.cache/nnc`, so that it is measured once. That directory cannot be written: \
            predictions hold, and the next command measures again. `nnc calibrate --output FILE` and `--profile FILE` do without it.
            """,
        wrong: "XDG_CACHE_HOME=/proc nnc estimate model.yaml", right: "nnc estimate model.yaml --profile here.json   # written by `nnc calibrate --output here.json`")

    public static let exportInTheWay = DiagnosticKind(
        "NNC0648", title: "a file stands where an export is to be written",
        explanation: """
            `nnc export` writes over nothing unless it is told to: someone may be using the file. Without `--output` the file is `export/<name>` in the run directory.
            """,
        wrong: "nnc export runs/fashion-1 --to onnx   # a second time", right: "nnc export runs/fashion-1 --to onnx --force")

    public static let resumedRunDiffers = DiagnosticKind(
        "NNC0650", title: "a run that would not go on as it began",
        explanation: """
            `nnc train --resume` goes on to the same numbers as if the run had never stopped. Something that they depend on is not as it was: the model file, a data file, the \
            processor, or nnc itself. Put it back, or go on nevertheless with `--force`: then the run goes by the `model.resolved.yaml` in its directory, as that is now, \
            and `run.json` says what was different.
            """,
        wrong: "nnc train --resume runs/fashion-1   # after the learning rate in its model file was changed", right: "nnc train --resume runs/fashion-1 --force")

    public static let checkpointDamaged = DiagnosticKind(
        "NNC0651", title: "no checkpoint of the run is whole",
        explanation: """
            A checkpoint is three files in `checkpoints/`: the weights, the other numbers that last, and a JSON that names both with their checksums. They are written under \
            other names first, so a crash leaves the one before whole. These have been changed or damaged since, or are those of another run.
            """,
        wrong: "cp runs/a/checkpoints/* runs/b/checkpoints/ && nnc train --resume runs/b", right: "nnc train --resume runs/a")

    public static let checkpointPassedOver = DiagnosticKind(
        "NNC0652", .warning, title: "the newest checkpoint is damaged",
        explanation: "The run goes on from the one before. The steps in between are done anew, to the same numbers.",
        wrong: "rm runs/a/checkpoints/step-600.safetensors && nnc train --resume runs/a", right: "nnc train --resume runs/a")

    public static let runIsBusy = DiagnosticKind(
        "NNC0653", title: "the run is still going on",
        explanation: "A process holds the lock of the run directory: it is training there. Two of them would write over each other's files.",
        wrong: "nnc train --resume runs/fashion-1   # while it runs", right: "nnc train --resume runs/fashion-1   # when it has ended")

    public static let internalFault = DiagnosticKind(
        "NNC0699", title: "nnc itself has a mistake",
        explanation: "A check inside nnc failed that no input should make fail. Please report it with the model file.",
        wrong: "(none: it is not the file's fault)", right: "(none)")

    /// Group 05: what ends a training.
    static let runTrainingKinds: [DiagnosticKind] = [lossNotFinite]

    public static let lossNotFinite = DiagnosticKind(
        "NNC0590", title: "the loss is not a number any more",
        explanation: """
            A loss became NaN or infinite, and `train.on_nan` is `stop` (the default). The step was stopped before it touched the
            weights, so the saved ones are the last good ones. Nearly always the learning rate is too high; otherwise the data hold
            extreme values (see `data.normalize`).
            """,
        wrong: "optimizer: { type: sgd, learning_rate: 100 }",
        right: "optimizer: { type: sgd, learning_rate: 1e-2 }")
}
