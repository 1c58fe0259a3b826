import Kernels

// Sizes and strides given as pairs (height, width).

extension Conv2D {
    public init(strides: (Int, Int), padding: WindowPadding, useBias: Bool, activation: ActivationFunction = .linear) {
        self.init(strideHeight: strides.0, strideWidth: strides.1, padding: padding, useBias: useBias, activation: activation)
    }
}

extension Conv2DBackwardWeights {
    public var strides: (Int, Int) { (strideHeight, strideWidth) }
}

extension Conv2DUpdate {
    public init(strides: (Int, Int), padding: WindowPadding, useBias: Bool) {
        self.init(strideHeight: strides.0, strideWidth: strides.1, padding: padding, useBias: useBias)
    }
}

extension MaxPooling2D {
    public init(pool: (Int, Int), strides: (Int, Int), padding: WindowPadding) {
        self.init(poolHeight: pool.0, poolWidth: pool.1, strideHeight: strides.0, strideWidth: strides.1, padding: padding)
    }
}

extension AveragePooling2D {
    public init(pool: (Int, Int), strides: (Int, Int), padding: WindowPadding) {
        self.init(poolHeight: pool.0, poolWidth: pool.1, strideHeight: strides.0, strideWidth: strides.1, padding: padding)
    }
}
