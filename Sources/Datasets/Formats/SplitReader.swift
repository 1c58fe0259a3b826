import Diagnostics

/// The files of one split: opened and measured when it is made, read when memory is at hand.
protocol SplitReader {
    var layout: Layout { get }
    var files: [DataPath] { get }

    /// Fills the store, whose layout is `layout`. Class numbers are stored as they are in the files.
    func read(into store: ExampleStore, _ problems: inout [Diagnostic])

    /// A reader of no more than the first examples; nil where they cannot be had without reading the others.
    func first(_ count: Int) -> (any SplitReader)?

    /// Where an example's label stands.
    func place(ofLabel example: Int) -> Location
}

/// Memory that reading takes besides the examples: the unpacker's window and buffers, a piece of the file.
let readingBytes = 4 * ByteStream.bufferSize

extension SplitReader {
    func first(_ count: Int) -> (any SplitReader)? { nil }

    /// Runs one step of a reader and keeps what it throws.
    func report(_ problems: inout [Diagnostic], _ body: (inout [Diagnostic]) throws(DiagnosticError) -> Void) {
        do throws(DiagnosticError) { try body(&problems) } catch { problems += error.diagnostics }
    }
}
