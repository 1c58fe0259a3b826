/// One source line with its marks, cut to a width.
struct Snippet {
    let text: String
    /// Spaces up to the marks.
    let indent: Int
    /// How many columns are marked, at least one.
    let marked: Int

    /// - Parameters:
    ///   - start, end: the marked byte offsets; what lies outside the line is left out.
    ///   - width: columns that the text may have.
    init(_ source: SourceText, line: Int, start: Int, end: Int, width: Int) {
        let all = source.lineBytes(line)
        let from = min(max(start, source.textStart(ofLine: line)), all.endIndex)
        let bytes = Self.nearby(all[max(all.startIndex, min(source.textStart(ofLine: line), all.endIndex))...], from, width)
        var shown = cells(of: bytes)
        var left = bytes.startIndex > source.textStart(ofLine: line), right = bytes.endIndex < all.endIndex

        let first = shown.firstIndex { $0.end > from } ?? shown.count
        var last = shown.firstIndex { $0.start >= min(end, all.endIndex) } ?? shown.count
        last = max(last, min(first + 1, shown.count))
        let (low, high) = Self.window(shown.map(\.width), around: first, to: last, width: width)
        left = left || low > 0
        right = right || high < shown.count
        let before = shown[low..<min(first, high)].reduce(0) { $0 + $1.width }
        let within = first < high ? shown[max(first, low)..<min(last, high)].reduce(0) { $0 + $1.width } : 0
        shown = Array(shown[low..<high])
        text = (left ? "…" : "") + shown.map(\.text).joined() + (right ? "…" : "")
        indent = before + (left ? 1 : 0)
        marked = max(1, within)
    }

    /// The bytes of a very long line that can be of interest, without cutting a character.
    private static func nearby(_ bytes: ArraySlice<UInt8>, _ from: Int, _ width: Int) -> ArraySlice<UInt8> {
        let reach = 8 * max(width, 40)
        guard bytes.count > 2 * reach else { return bytes }
        var low = max(bytes.startIndex, min(from, bytes.endIndex) - reach)
        var high = min(bytes.endIndex, from + reach)
        while low > bytes.startIndex, bytes[low] & 0xC0 == 0x80 { low -= 1 }
        while high < bytes.endIndex, bytes[high] & 0xC0 == 0x80 { high += 1 }
        return bytes[low..<high]
    }

    /// The cells to show: all where they fit, else some before the marks and as many after as there is room for.
    private static func window(_ widths: [Int], around first: Int, to last: Int, width: Int) -> (Int, Int) {
        guard widths.reduce(0, +) > width else { return (0, widths.count) }
        // The two ellipses take a column each.
        let room = max(width - 2, 8)
        let marked = min(widths[min(first, last)..<last].reduce(0, +), room / 2)
        let before = (room - marked) / 2
        var low = min(first, widths.count), used = 0
        while low > 0, used + widths[low - 1] <= before {
            low -= 1
            used += widths[low]
        }
        var high = low
        used = 0
        while high < widths.count, used + widths[high] <= room {
            used += widths[high]
            high += 1
        }
        // Near the end of a line the room goes to what stands before.
        while high == widths.count, low > 0, used + widths[low - 1] <= room {
            low -= 1
            used += widths[low]
        }
        return (low, high)
    }
}
