import CKernels

/// The value of OPENBLAS_CORETYPE that is fastest here, where that is not the library's own choice. It is read when
/// the library is loaded, so a program has to start itself again with it.
public func preferredCoreType() -> String? { nnc_preferred_core_type().map { String(cString: $0) } }
