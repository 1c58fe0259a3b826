import Datasets
import Diagnostics
import Testing

/// Small files, changed at random in every way that files break: they open or are refused, and nothing traps.
@Suite struct MutationTests {
    let files = TestFiles()

    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    func mutate(_ bytes: [UInt8], _ random: inout Generator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0..<max(1, bytes.count), using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where !bytes.isEmpty: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2 where !bytes.isEmpty: bytes.remove(at: place)
            case 3: bytes.insert([0, 255, 0x0A, 0x22, 0x2C, 0x2D, 0x65].randomElement(using: &random) ?? 0, at: min(place, bytes.count))
            case 4: bytes.removeLast(Int.random(in: 0...min(bytes.count, 20), using: &random))
            default: bytes += bytes.suffix(Int.random(in: 0...30, using: &random))
            }
        }
        return bytes
    }

    @Test(arguments: [DataRequest.Format.idx, .npy, .csv, .cifar10])
    func brokenFilesAreRefused(_ format: DataRequest.Format) {
        let features: [UInt8], labels: [UInt8]?
        switch format {
        case .idx:
            features = idx([4, 2, 3], (0..<24).map { $0 })
            labels = idx([4], [0, 1, 2, 1])
        case .npy:
            features = npy("<f4", shape: "(4, 2)", (0..<8).flatMap { little(Float($0).bitPattern) })
            labels = npy("<i8", shape: "(4,)", (0..<4).flatMap { little(Int64($0 % 2)) })
        case .csv:
            features = Array("width,\"height\",class\n1.5,2,0\n-3e2,4,1\n5,0.1,0\n".utf8)
            labels = nil
        default:
            features = (0..<2).flatMap { [UInt8($0)] + [UInt8](repeating: 9, count: 3072) }
            labels = nil
        }
        var random = Generator(state: 11)
        var opened = 0, refused = 0
        for round in 0..<600 {
            let isPacked = round % 3 == 0
            // A packed file is changed after packing, or before.
            var bytes = features
            if round % 2 == 0 { bytes = mutate(bytes, &random) }
            var x = isPacked ? files.writeGzip("x", bytes) : files.write("x", bytes)
            if round % 2 == 1 { x = files.write("x", mutate(files.bytes(x), &random)) }
            let y = labels.map { files.write("y", round % 5 == 0 ? mutate($0, &random) : $0) }
            var request = DataRequest(source: .files(format: format, train: .init(features: [x], labels: y), test: nil))
            request.normalization = [.unit, .zscore, .none][round % 3]
            request.target = round % 7 == 0 ? .values(width: round % 2 == 0 ? 1 : 2) : .classes
            if round % 4 == 0 { request.validation = Written(.share(0.5)) }
            do throws(DiagnosticError) {
                _ = try Dataset.probe(request)
                let data = try Dataset.open(request)
                #expect(data.train.count > 0)
                opened += 1
            } catch {
                #expect(error.diagnostics.hasErrors)
                refused += 1
            }
        }
        #expect(opened > 10 && refused > 10, "\(opened) opened, \(refused) refused")
    }
}
