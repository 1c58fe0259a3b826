import Graph

extension MachineProfile {
    /// For people to read: the rates, matrix products by size, and the ways through memory.
    public func table(width: Int) -> String {
        let threads = machine.threads
        var text = "\(machine.processor), \(threads) \(threads == 1 ? "thread" : "threads"), \(machine.blas)\n"
        text += "\nRates of one core\n\n" + rateTable.plain(width: width)
        if !memory.isEmpty { text += "\nMemory, GB/s\n\n" + memoryTable.plain(width: width) }
        text += "\nMatrix products, multiplications with their additions, GFLOP/s\n\n" + productTable.plain(width: width)
        text += "\nA step of training beside its operations\n\n" + stepTable.plain(width: width)
        let points = operations.reduce(0) { $0 + $1.points.count }
        return text + "\n\(operations.count) operations were timed at \(points) sizes in all.\n"
    }

    private static func giga(_ rate: Double) -> String { Readable.decimal(rate / 1e9, digits: rate < 1e10 ? 2 : 1) }

    private var rateTable: TextTable {
        var table = TextTable([TextTable.Column("work"), TextTable.Column("G/s", .right)])
        for (name, rate) in [
            ("multiplications in matrix products", rates.gemm), ("multiplications in loops over rows", rates.multiplications), ("additions", rates.additions),
            ("transcendentals", rates.transcendentals), ("comparisons of a selection", rates.comparisons), ("bytes in order", rates.streamed), ("bytes by index", rates.gathered),
        ] { table.add([name, Self.giga(rate)]) }
        return table
    }

    private var columns: [TextTable.Column] { machine.threads > 1 ? [TextTable.Column("1 thread", .right), TextTable.Column("\(machine.threads) threads", .right)] : [TextTable.Column("1 thread", .right)] }

    private func both(_ seconds: Seconds, _ show: (Double) -> String) -> [String] { machine.threads > 1 ? [show(seconds.one), show(seconds.all)] : [show(seconds.one)] }

    private var memoryTable: TextTable {
        var table = TextTable([TextTable.Column("within"), TextTable.Column("how")] + columns)
        for entry in memory {
            table.add([Readable.bytes(entry.bytes), "in order"] + both(entry.streamed, Self.giga))
            table.add(["", "rows of 400 bytes"] + both(entry.gathered, Self.giga))
        }
        return table
    }

    private var productTable: TextTable {
        var table = TextTable([TextTable.Column("operation"), TextTable.Column("batch", .right), TextTable.Column("multiplications", .right, short: "mults")] + columns)
        for operation in operations {
            let products = operation.points.filter { $0.work.gemm > 0 && $0.work.gemm >= $0.work.multiplications }
            var seen: Set<Int> = []
            for point in products.sorted(by: { $0.work.gemm < $1.work.gemm }) where seen.insert(point.work.gemm.bitWidth - point.work.gemm.leadingZeroBitCount).inserted {
                // One of each order of magnitude is enough to see.
                func rate(_ seconds: Double) -> String { Self.giga(2 * Double(point.work.gemm) / seconds) }
                table.add([operation.name, "\(point.batch)", Readable.count(point.work.gemm)] + both(point.seconds, rate))
            }
        }
        return table
    }

    private var stepTable: TextTable {
        var table = TextTable([TextTable.Column("what")] + columns)
        table.add(["a step, whatever its size"] + both(step.seconds, Readable.time))
        table.add(["1,000 numbers of a batch"] + both(step.assembled) { Readable.time(1000 * $0) })
        table.add(["1,000 numbers that are measured"] + both(Seconds(one: step.measured, all: step.measured)) { Readable.time(1000 * $0) })
        return table
    }
}
