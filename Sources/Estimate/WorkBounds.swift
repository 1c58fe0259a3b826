import Graph

extension SlotWork {
    /// The least and the most of several courses, slot by slot and kind by kind.
    ///
    /// A narrower network need not cost less in every slot: where a policy would keep all units that are left, it does not act, and
    /// the work moves to another slot.
    static func bounds(_ courses: [SlotWork]) -> (lower: SlotWork, upper: SlotWork) {
        var lower = SlotWork(), upper = SlotWork()
        for slot in Slot.allCases {
            let works = courses.map { $0[slot] }
            lower[slot] = works.dropFirst().reduce(works.first ?? Work()) { $0.bound($1) { $0 < $1 } }
            upper[slot] = works.dropFirst().reduce(works.first ?? Work()) { $0.bound($1) { $0 > $1 } }
        }
        return (lower, upper)
    }
}

extension Work {
    /// Of each count the one that comes first. Multiplications count together, wherever they are done.
    fileprivate func bound(_ other: Work, _ isFirst: (Int, Int) -> Bool) -> Work {
        var result = isFirst(other.allMultiplications, allMultiplications) ? other : self
        for path in [\Work.additions, \.transcendentals, \.comparisons, \.streamed, \.gathered] {
            result[keyPath: path] = isFirst(other[keyPath: path], self[keyPath: path]) ? other[keyPath: path] : self[keyPath: path]
        }
        return result
    }
}
