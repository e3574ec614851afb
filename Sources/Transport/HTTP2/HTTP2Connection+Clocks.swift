internal import NIOCore

extension HTTP2Connection {
    func look(at now: NIODeadline) {
        let silence = now - lastReceived
        if silence >= TimeAmount(limits.deadAfter) {
            expire("no sign of life", .dead)
        } else if let since = headerBegan, now - since >= TimeAmount(limits.headerTimeout) {
            expire("header", .header)
        } else if role.isServer, streams.isEmpty, now - lastActive >= TimeAmount(limits.idleTimeout)
        {
            expire("idle", .idle)
        } else {
            if silence >= TimeAmount(limits.pingInterval), lastPing < lastReceived {
                lastPing = now
                session.submitPing()
            }
            endStalledStreams(now)
            send()
        }
    }

    /// When a clock runs out that the other side's silence or idleness keeps running; nil while it owes or
    /// takes something.
    var quietMoments: [NIODeadline]? {
        guard headerBegan == nil, !streams.values.contains(where: \.hasOutgoing) else { return nil }
        let silent = lastPing < lastReceived ? limits.pingInterval : limits.deadAfter
        let moments = [lastReceived + TimeAmount(silent)]
        guard role.isServer, streams.isEmpty else { return moments }
        return moments + [lastActive + TimeAmount(limits.idleTimeout)]
    }

    /// Since when the other side owes the rest of a header, or its first frame.
    private var headerBegan: NIODeadline? {
        hasSettings ? incompleteSince : began
    }

    private func expire(_ what: String, _ kind: TimeoutKind) {
        role.connection?.note(kind)
        end(.timeout(what))
    }

    /// Resets streams whose bytes the other side has not taken for too long.
    private func endStalledStreams(_ now: NIODeadline) {
        for stream in streams.values where stream.hasOutgoing {
            guard now - stream.progress >= TimeAmount(limits.stallTimeout) else { continue }
            role.connection?.note(.stall)
            stream.exchange.fail(.timeout("the other side does not take bytes"))
            stream.task?.cancel()
            session.submitReset(stream.id, code: HTTP2ErrorCode.cancel)
        }
    }
}
