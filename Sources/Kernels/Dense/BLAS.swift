import COpenBLAS

/// The library's version and how it was built: `OpenBLAS 0.3.21 DYNAMIC_ARCH …`.
///
/// Asked for once: the library puts the text together in memory that all callers share.
public let blasVersion: String = text(openblas_get_config())

/// The processor that its kernels are written for, as it was found out or as OPENBLAS_CORETYPE says.
public let blasCore: String = text(openblas_get_corename())

private func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
    pointer.map { String(cString: $0).trimmed } ?? "unknown"
}

extension String {
    fileprivate var trimmed: String {
        var text = Substring(self)
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
