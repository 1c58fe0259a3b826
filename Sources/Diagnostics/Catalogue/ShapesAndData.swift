extension DiagnosticKind {
    /// Group 03: what the lowering finds about shapes (0301–0339), and what reading the data finds (0340–0399).
    static let shapeKinds: [DiagnosticKind] = [
        shapesDoNotFit, needsFlatten, needsImage, windowTooLarge, addShapesDiffer, concatenateShapesDiffer,
        outputNotARow, outputCountDiffers, inputShapeUnknown, inputShapeDiffers, tensorTooLarge, nothingToTrain,
        sparseInputNeedsDense,
    ]

    public static let shapesDoNotFit = DiagnosticKind(
        "NNC0301", title: "a layer cannot take its input",
        explanation: "The shapes that reach this layer do not fit what it computes. The message names both; the related place is the layer that made the shape.",
        wrong: "layers:\n  - { type: flatten }\n  - { type: batch_normalization }   # after a layer that puts out nothing",
        right: "layers:\n  - { type: flatten }\n  - { type: dense, units: 64 }\n  - { type: batch_normalization }")

    public static let needsFlatten = DiagnosticKind(
        "NNC0302", title: "a dense layer on an image",
        explanation: "A dense layer reads one row of numbers per example. An image of height × width × channels must be flattened first; nothing is flattened silently, because the order of the numbers is then part of the model.",
        wrong: "input: { shape: [28, 28, 1] }\nlayers:\n  - { type: dense, units: 10 }",
        right: "input: { shape: [28, 28, 1] }\nlayers:\n  - { type: flatten }\n  - { type: dense, units: 10 }")

    public static let needsImage = DiagnosticKind(
        "NNC0303", title: "a convolution or pooling layer on something that is no image",
        explanation: "Convolution and pooling slide a window over height and width, so their input must have three dimensions: height, width and channels. A grey image has one channel: [28, 28, 1].",
        wrong: "input: { shape: [784] }\nlayers:\n  - { type: conv2d, filters: 8, kernel_size: 3 }",
        right: "input: { shape: [28, 28, 1] }\nlayers:\n  - { type: conv2d, filters: 8, kernel_size: 3 }")

    public static let windowTooLarge = DiagnosticKind(
        "NNC0304", title: "a window larger than the image",
        explanation: "With `padding: valid` the window must lie inside the image, so it cannot be larger. Each pooling layer halves the image: after a few of them little is left.",
        wrong: "- { type: max_pooling2d, pool_size: 4 }   # on an image of 2×2",
        right: "- { type: max_pooling2d, pool_size: 2 }")

    public static let addShapesDiffer = DiagnosticKind(
        "NNC0305", title: "add of different shapes",
        explanation: "An `add` layer adds its inputs element by element, so their shapes must be equal; nothing is broadcast.",
        wrong: "- { name: a, type: dense, units: 64 }\n- { name: b, type: dense, units: 32 }\n- { type: add, inputs: [a, b] }",
        right: "- { name: a, type: dense, units: 64 }\n- { name: b, type: dense, units: 64 }\n- { type: add, inputs: [a, b] }")

    public static let concatenateShapesDiffer = DiagnosticKind(
        "NNC0306", title: "concatenate of shapes that do not line up",
        explanation: "A `concatenate` layer joins its inputs along the last axis (the units or the channels); all the other axes must be equal.",
        wrong: "- { type: concatenate, inputs: [image_28x28, image_14x14] }",
        right: "- { type: concatenate, inputs: [image_14x14_a, image_14x14_b] }")

    public static let outputNotARow = DiagnosticKind(
        "NNC0308", title: "the network's output is not a row of numbers",
        explanation: "The loss compares one row of numbers per example with the label or the targets. A network that ends in an image needs a `flatten` and a `dense` layer after it.",
        wrong: "layers:\n  - { type: conv2d, filters: 10, kernel_size: 3 }",
        right: "layers:\n  - { type: conv2d, filters: 10, kernel_size: 3 }\n  - { type: flatten }\n  - { type: dense, units: 10, activation: softmax }")

    public static let outputCountDiffers = DiagnosticKind(
        "NNC0309", title: "the output has not as many units as the data has classes",
        explanation: "The last layer must have one unit per class, or per number to predict.",
        wrong: "data: { dataset: fashion_mnist }   # ten classes\nmodel:\n  layers:\n    - { type: dense, units: 12, activation: softmax }",
        right: "data: { dataset: fashion_mnist }\nmodel:\n  layers:\n    - { type: dense, units: 10, activation: softmax }")

    public static let inputShapeUnknown = DiagnosticKind(
        "NNC0310", title: "the shape of the input is not known",
        explanation: "`model.input.shape` may be left out when the data can be opened, since the data has a shape. Here neither is at hand.",
        wrong: "data: { format: csv, train: missing.csv }\nmodel:\n  layers: [ … ]",
        right: "model:\n  input: { shape: [28, 28, 1] }\n  layers: [ … ]")

    public static let inputShapeDiffers = DiagnosticKind(
        "NNC0311", title: "input.shape is not the shape of the data",
        explanation: "When both the file and the data say what one example looks like, they must agree: [28, 28, 1] for a grey image of 28 × 28.",
        wrong: "data: { dataset: fashion_mnist }\nmodel:\n  input: { shape: [32, 32, 3] }",
        right: "data: { dataset: fashion_mnist }\nmodel:\n  input: { shape: [28, 28, 1] }")

    public static let tensorTooLarge = DiagnosticKind(
        "NNC0312", title: "a tensor that no machine can hold",
        explanation: "The sizes of this layer and of its input multiply to more numbers than can be addressed. It is refused before anything is allocated.",
        wrong: "- { type: dense, units: 1000000000000 }\n- { type: dense, units: 1000000000000 }",
        right: "- { type: dense, units: 1000 }\n- { type: dense, units: 1000 }")

    public static let nothingToTrain = DiagnosticKind(
        "NNC0313", title: "a network without weights",
        explanation: "None of the layers has weights, so there is nothing to train.",
        wrong: "layers:\n  - { type: flatten }",
        right: "layers:\n  - { type: flatten }\n  - { type: dense, units: 10, activation: softmax }")

    public static let sparseInputNeedsDense = DiagnosticKind(
        "NNC0314", title: "a layer that cannot read sparse input",
        explanation: "An example of sparse data is a list of the features that it has, with a number for each. A dense layer reads it without ever writing out the zeros of all the other features; every other layer would have to. Several dense layers may read the same input.",
        wrong: "input: { shape: [50000], sparse: true }\nlayers:\n  - { type: batch_normalization }\n  - { type: dense, units: 128, activation: relu }",
        right: "input: { shape: [50000], sparse: true }\nlayers:\n  - { type: dense, units: 128 }\n  - { type: batch_normalization }\n  - { type: activation, activation: relu }")
}
