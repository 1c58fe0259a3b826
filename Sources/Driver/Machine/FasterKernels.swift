import Foundation
import Kernels

/// Starts the program again with OPENBLAS_CORETYPE set, where another choice of kernels than OpenBLAS's own is faster:
/// 5 to 8 % on AMD processors with AVX-512, whose 256-bit kernels win. The library reads the variable when it is loaded,
/// so it cannot be set later. A variable that the user has set stays.
public func preferFasterBLASKernels() {
    // Only where matrices are multiplied is it worth the millisecond.
    guard CommandLine.arguments.dropFirst().contains(where: { $0 == "train" || $0 == "eval" }) else { return }
    guard getenv("OPENBLAS_CORETYPE") == nil, let core = preferredCoreType() else { return }
    setenv("OPENBLAS_CORETYPE", core, 1)
    var arguments = CommandLine.arguments.map { strdup($0) }
    arguments.append(nil)
    execv("/proc/self/exe", arguments)
    // Still here: it was not to be, and the slower kernels are as right.
    arguments.forEach { free($0) }
}
