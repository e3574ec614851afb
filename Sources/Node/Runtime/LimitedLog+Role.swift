import Logging
import Market
import Transport

extension LimitedLog {
    /// Writes a line of the role, within its limits if another account has brought it about.
    func write(_ line: RoleLogLine) {
        let level = Logger.Level(rawValue: line.level.rawValue) ?? .info
        let metadata = line.metadata.mapValues { Logger.MetadataValue.string($0) }
        guard let cause = line.cause else {
            return logger.log(level: level, "\(line.text)", metadata: metadata)
        }
        write(level, cause.kind, by: "\(cause.account)", "\(line.text)", metadata: metadata)
    }
}
