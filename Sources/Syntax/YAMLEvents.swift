import CYaml

/// The events of libyaml, with places as byte offsets into the text.
///
/// libyaml is told the encoding and gets text that is known to be valid UTF-8 (see `TextCheck.swift`).
final class YAMLEvents {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias(String)
        case scalar(Scalar)
        case sequenceStart(isFlow: Bool)
        case mappingStart(isFlow: Bool)
        case sequenceEnd, mappingEnd
    }

    struct Event {
        let kind: Kind
        let anchor: String?
        let hasTag: Bool
        let start: Int
        let end: Int
    }

    /// What libyaml says when it stops. `context` is what it was reading and where that began.
    struct Problem {
        let message: String
        let offset: Int
        let context: String
        let contextOffset: Int?
    }

    enum Step {
        case event(Event)
        case problem(Problem)
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>
    private let offsets: CodePointOffsets

    /// `bytes` from `base` on are parsed; all places count from the start of `bytes`.
    init(_ bytes: [UInt8], from base: Int) {
        text = .allocate(capacity: bytes.count - base)
        _ = text.initialize(from: bytes[base...])
        offsets = CodePointOffsets(bytes, from: base)
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        // Initialising fails only where memory is out; the first `next` then reports it.
        if yaml_parser_initialize(parser) == 1 {
            yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            yaml_parser_set_input_string(parser, text.baseAddress ?? UnsafeMutablePointer(bitPattern: 1), text.count)
        }
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deinitialize(count: 1)
        parser.deallocate()
        text.deallocate()
    }

    func next() -> Step {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { return .problem(problem) }
        defer { yaml_event_delete(&event) }
        let start = offsets.byte(at: Int(event.start_mark.index))
        let end = max(start, offsets.byte(at: Int(event.end_mark.index)))

        func made(_ kind: Kind, anchor: UnsafeMutablePointer<UInt8>? = nil, tag: UnsafeMutablePointer<UInt8>? = nil) -> Step {
            .event(Event(kind: kind, anchor: anchor.map { String(cString: $0) }, hasTag: tag != nil, start: start, end: end))
        }
        switch event.type {
        case YAML_STREAM_START_EVENT: return made(.streamStart)
        case YAML_DOCUMENT_START_EVENT: return made(.documentStart)
        case YAML_DOCUMENT_END_EVENT: return made(.documentEnd)
        case YAML_SEQUENCE_END_EVENT: return made(.sequenceEnd)
        case YAML_MAPPING_END_EVENT: return made(.mappingEnd)
        case YAML_ALIAS_EVENT: return made(.alias(event.data.alias.anchor.map { String(cString: $0) } ?? ""))
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let value = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let text = String(decoding: value, as: UTF8.self)
            return made(.scalar(Scalar(text, Self.style(scalar.style))), anchor: scalar.anchor, tag: scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            let sequence = event.data.sequence_start
            return made(.sequenceStart(isFlow: sequence.style == YAML_FLOW_SEQUENCE_STYLE), anchor: sequence.anchor, tag: sequence.tag)
        case YAML_MAPPING_START_EVENT:
            let mapping = event.data.mapping_start
            return made(.mappingStart(isFlow: mapping.style == YAML_FLOW_MAPPING_STYLE), anchor: mapping.anchor, tag: mapping.tag)
        default:
            // YAML_NO_EVENT: the stream has ended already.
            return made(.streamEnd)
        }
    }

    private var problem: Problem {
        let state = parser.pointee
        let offset = offsets.byte(at: Int(state.problem_mark.index))
        guard let message = state.problem else {
            return Problem(message: "the memory is used up", offset: offset, context: "", contextOffset: nil)
        }
        let context = state.context.map { String(cString: $0) }
        return Problem(
            message: String(cString: message), offset: offset, context: context ?? "",
            contextOffset: context == nil ? nil : offsets.byte(at: Int(state.context_mark.index)))
    }

    private static func style(_ style: yaml_scalar_style_t) -> Scalar.Style {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: .literal
        case YAML_FOLDED_SCALAR_STYLE: .folded
        default: .plain
        }
    }
}

/// From libyaml's marks, which count code points, to byte offsets.
struct CodePointOffsets {
    private static let stride = 256
    private let bytes: [UInt8]
    private let base: Int
    /// The byte offset of every 256th code point; empty where all text is ASCII and the two are the same.
    private var marks: [Int] = []

    init(_ bytes: [UInt8], from base: Int) {
        self.bytes = bytes
        self.base = base
        guard bytes[base...].contains(where: { $0 >= 0x80 }) else { return }
        var index = 0
        for offset in base..<bytes.count where !isContinuation(bytes[offset]) {
            if index % Self.stride == 0 { marks.append(offset) }
            index += 1
        }
    }

    func byte(at index: Int) -> Int {
        guard !marks.isEmpty else { return min(base + index, bytes.count) }
        let mark = index / Self.stride
        guard mark < marks.count else { return bytes.count }
        var offset = marks[mark]
        for _ in 0..<(index % Self.stride) where offset < bytes.count {
            offset += 1
            while offset < bytes.count, isContinuation(bytes[offset]) { offset += 1 }
        }
        return offset
    }
}

/// Whether a byte is the second, third or fourth of a UTF-8 character.
func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
