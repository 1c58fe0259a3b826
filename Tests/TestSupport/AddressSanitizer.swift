import Foundation

/// Whether the address sanitizer is in this process: it has `malloc` for itself, and some bytes for each that is asked for, so that tests that count memory say nothing.
public let isAddressSanitized = dlsym(nil, "__asan_init") != nil
