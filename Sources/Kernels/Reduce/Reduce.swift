import CKernels

/// The sum in double precision, always added in the same order.
public func sum(_ x: Floats) -> Double { nnc_sum(x.base, x.count) }

/// Where the first NaN or infinity stands.
public func firstNonFinite(_ x: Floats) -> Int? {
    let index = nnc_first_non_finite(x.base, x.count)
    return index < x.count ? index : nil
}
