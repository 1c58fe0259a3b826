import Diagnostics

/// Puts the events of one document together to nodes, with a stack of its own: no input can overflow the program's.
struct NodeBuilder {
    /// A part of the text that was blanked because it could not be read, as byte offsets.
    struct Blank {
        let start: Int
        let end: Int
        /// A whole line with its key: nothing stands for it.
        let isLine: Bool
    }

    enum Outcome {
        case finished(Node?)
        /// The outermost and the innermost `[` or `{` that are open.
        case stopped(YAMLEvents.Problem, flow: (outer: Int, inner: Int)?)
        /// There is no use in trying again.
        case abandoned
    }

    /// A node with what the caps need to know about it.
    struct Built {
        let node: Node
        /// Nodes in it, itself included.
        var size: Int
        /// Levels of lists and mappings in it.
        var height: Int
    }

    struct Frame {
        let isMapping: Bool
        let isFlow: Bool
        let anchor: String?
        let start: Int
        /// Where the last thing in it ends.
        var end: Int
        var elements: [Node] = []
        var entries: [Node.Entry] = []
        var key: Node?
        /// Where each key stands in `entries`.
        var positions: [String: Int] = [:]
        /// The entries that `<<` brings, by the place at which it stands.
        var merge: (key: Node, value: Node)?
        /// Something in it was unreadable in a way that makes the whole of it so.
        var isInvalid = false
        var size = 1
        var height = 1
    }

    let source: SourceText
    let text: [UInt8]
    let blanks: [Blank]
    /// Anchors in the blanked parts: an alias to one of them is no further mistake.
    let lostAnchors: Set<String>
    var diagnostics: [Diagnostic] = []

    var frames: [Frame] = []
    private var anchors: [String: Built] = [:]
    private var root: Node?
    private var nodeCount = 0
    private var reportedTooMany = false

    init(_ source: SourceText, text: [UInt8], blanks: [Blank], lostAnchors: Set<String>) {
        self.source = source
        self.text = text
        self.blanks = blanks
        self.lostAnchors = lostAnchors
    }

    mutating func build(_ events: YAMLEvents) -> Outcome {
        var documents = 0
        while true {
            switch events.next() {
            case .problem(let problem):
                let flow = frames.filter(\.isFlow)
                return .stopped(problem, flow: flow.first.map { ($0.start, flow.last?.start ?? $0.start) })
            case .event(let event):
                switch event.kind {
                case .streamStart, .documentEnd: break
                case .streamEnd: return .finished(root)
                case .documentStart:
                    documents += 1
                    guard documents == 1 else {
                        reportSecondDocument(at: event)
                        return .finished(root)
                    }
                case .alias(let name): append(resolve(name, event), end: event.end)
                case .scalar(let scalar): appendScalar(scalar, event)
                case .sequenceStart(let isFlow), .mappingStart(let isFlow):
                    guard open(event, isFlow: isFlow) else { return .abandoned }
                case .sequenceEnd, .mappingEnd: close(event)
                }
                if nodeCount > SyntaxLimits.nodes {
                    reportTooMany(at: range(of: event))
                    return .abandoned
                }
            }
        }
    }

    // MARK: - scalars and aliases

    private mutating func appendScalar(_ scalar: Scalar, _ event: YAMLEvents.Event) {
        nodeCount += 1
        checkTag(event)
        let isEmpty = scalar.text.isEmpty && scalar.style == .plain
        let isLost = isEmpty && blanks.contains { !$0.isLine && $0.start <= event.start && event.start <= $0.end }
        let built = Built(node: Node(isLost ? .invalid : .scalar(scalar), range(of: event)), size: 1, height: 0)
        if let anchor = event.anchor { anchors[anchor] = built }
        append(built, end: built.node.range.end)
    }

    private mutating func resolve(_ name: String, _ event: YAMLEvents.Event) -> Built {
        let place = SourceRange(source, event.start, event.end)
        let invalid = Built(node: Node(.invalid, place), size: 1, height: 0)
        nodeCount += 1
        if let open = frames.last(where: { $0.anchor == name }) {
            diagnostics.append(Diagnostic(
                .selfReferringAlias, "`*\(name)` stands within the value that it refers to", at: .range(place),
                related: [RelatedPlace(.range(anchorRange(name, from: open.start)), "the value begins here")]))
            return invalid
        }
        guard let target = anchors[name] else {
            if lostAnchors.contains(name) { return invalid }
            // Only so long as it is quick: nobody has hundreds of anchors.
            let known = anchors.count <= 200 && diagnostics.count <= 100 ? nearest(name, in: anchors.keys.sorted()) : nil
            diagnostics.append(Diagnostic(
                .undefinedAlias, "there is no anchor `&\(name)` above this alias", at: .range(place),
                help: [known.map { "did you mean `*\($0)`?" } ?? "if this is a text and no alias, put it in quotes"],
                fix: known.map { Fix(place, "*\($0)") }))
            return invalid
        }
        guard frames.count + target.height <= SyntaxLimits.depth else {
            reportTooDeep(at: place, "`*\(name)` nests values more than \(SyntaxLimits.depth) levels deep")
            return invalid
        }
        guard nodeCount + target.size <= SyntaxLimits.nodes else {
            reportTooMany(at: place)
            return invalid
        }
        nodeCount += target.size
        return target
    }

    // MARK: - lists and mappings

    private mutating func open(_ event: YAMLEvents.Event, isFlow: Bool) -> Bool {
        nodeCount += 1
        checkTag(event)
        let range = range(of: event)
        guard frames.count < SyntaxLimits.depth else {
            reportTooDeep(at: SourceRange(source, range.start, range.start + 1),
                          "values are nested more than \(SyntaxLimits.depth) levels deep")
            return false
        }
        var isMapping = false
        if case .mappingStart = event.kind { isMapping = true }
        // The place of a block begins with its first key or dash, not with its anchor.
        frames.append(Frame(isMapping: isMapping, isFlow: isFlow, anchor: event.anchor, start: range.start, end: range.start))
        return true
    }

    private mutating func close(_ event: YAMLEvents.Event) {
        guard var frame = frames.popLast() else { return }
        if frame.isMapping, frame.merge != nil { merge(&frame) }
        // A block ends for libyaml where the next token begins; here it ends with its last entry.
        let end = frame.isFlow ? event.end : frame.end
        let place = SourceRange(source, frame.start, end)
        let content: Node.Content = frame.isInvalid ? .invalid : frame.isMapping ? .mapping(frame.entries) : .sequence(frame.elements)
        // The lost line may have been the last one, so where the next token begins counts.
        let isIncomplete = blanks.contains { $0.isLine && $0.start >= frame.start && $0.start < event.end }
        let built = Built(node: Node(content, place, isIncomplete: isIncomplete), size: frame.size, height: frame.height)
        if let anchor = frame.anchor { anchors[anchor] = built }
        append(built, end: end)
    }

    private mutating func append(_ built: Built, end: Int) {
        guard !frames.isEmpty else {
            root = built.node
            return
        }
        let last = frames.count - 1
        frames[last].end = end
        frames[last].size += built.size
        frames[last].height = max(frames[last].height, built.height + 1)
        guard frames[last].isMapping else {
            frames[last].elements.append(built.node)
            return
        }
        guard let key = frames[last].key else {
            frames[last].key = built.node
            return
        }
        frames[last].key = nil
        addEntry(key, built.node)
    }

    /// Adds `key: value` to the innermost mapping, unless the key is no scalar or is there already.
    private mutating func addEntry(_ key: Node, _ value: Node) {
        let last = frames.count - 1
        guard let scalar = key.scalar else {
            if !key.isInvalid { reportKey(key, in: frames[last]) }
            frames[last].isInvalid = frames[last].isFlow
            return
        }
        if scalar.text == "<<", scalar.style == .plain {
            if let first = frames[last].merge {
                reportDuplicate("<<", key, first: first.key, help: "merge several mappings with `<<: [*first, *second]`")
            } else {
                frames[last].merge = (key, value)
                frames[last].positions["<<"] = frames[last].entries.count
            }
            return
        }
        if let colon = missingSpace(key, scalar, value, isFlow: frames[last].isFlow) {
            let word = reportMissingSpace(in: key.range, at: colon)
            addEntry(Node(.scalar(Scalar(word)), SourceRange(source, key.range.start, colon)), Node(.invalid, key.range))
            return
        }
        if let first = frames[last].positions[scalar.text] {
            reportDuplicate(scalar.text, key, first: frames[last].entries[first].key, help: "remove one of the two")
            return
        }
        frames[last].positions[scalar.text] = frames[last].entries.count
        frames[last].entries.append(Node.Entry(key: key, value: strayWord(key, value)))
    }

    // MARK: - merges

    /// Puts the entries that `<<` brings in its place; the mapping's own keys win, and so does the earlier of several sources.
    private mutating func merge(_ frame: inout Frame) {
        guard let (key, value) = frame.merge else { return }
        let position = frame.positions["<<"] ?? frame.entries.count
        var taken = Set(frame.entries.compactMap { $0.key.scalar?.text })
        var merged: [Node.Entry] = []
        for source in value.elements ?? [value] {
            if source.isInvalid { continue }
            guard let entries = source.entries else {
                let what = value.elements == nil ? "`<<` needs a mapping" : "`<<` needs mappings"
                diagnostics.append(Diagnostic(
                    .mergeNotMapping, "\(what), not \(kindName(source))", at: .range(key.range),
                    related: [RelatedPlace(source.location, "this is \(kindName(source))")]))
                break
            }
            for entry in entries {
                guard let name = entry.key.scalar?.text, taken.insert(name).inserted else { continue }
                merged.append(entry)
            }
        }
        frame.entries.insert(contentsOf: merged, at: position)
    }

    private func kindName(_ node: Node) -> String {
        switch node.content {
        case .scalar(let scalar): scalar.value == .null ? "an empty value" : "a single value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .invalid: "an unreadable value"
        }
    }

    // MARK: - caps

    private mutating func reportTooDeep(at place: SourceRange, _ message: String) {
        diagnostics.append(Diagnostic(.nestedTooDeep, message, at: .range(place)))
    }

    private mutating func reportTooMany(at place: SourceRange) {
        guard !reportedTooMany else { return }
        reportedTooMany = true
        diagnostics.append(Diagnostic(
            .tooManyNodes, "with this the file holds more than \(SyntaxLimits.nodes) values", at: .range(place),
            help: ["each alias counts as a copy of what it refers to"]))
    }
}
