/// The class of an OCSF event, its activity, and how much it matters. Source: OCSF 1.8.0.
struct OCSFClass: Hashable, Sendable {
    /// What the class asks for beside the members that all have.
    enum Shape: Hashable, Sendable {
        case api
        case authentication
        /// A thing that is managed: its `type`, and the member of the record that is its `uid`.
        case entity(String)
        case log
        case finding(title: String, isOver: Bool)
        case lifecycle
    }

    let uid: Int
    let activity: Int
    /// The caption of the activity; our own where OCSF has no number for it (99).
    let activityName: String
    /// 1 informational, 2 low, 3 medium, 4 high.
    let severity: Int
    let shape: Shape

    var category: Int { uid / 1000 }
    var type: Int { uid * 100 + activity }

    private init(_ uid: Int, _ activity: Int, _ name: String, _ severity: Int, _ shape: Shape) {
        self.uid = uid
        self.activity = activity
        activityName = name
        self.severity = severity
        self.shape = shape
    }

    /// API Activity: something was asked of an upstream.
    private static func api(_ activity: Int, _ name: String, severity: Int = 1) -> OCSFClass {
        OCSFClass(6003, activity, name, severity, .api)
    }

    private static func authentication(_ activity: Int, _ name: String, severity: Int = 1) -> OCSFClass {
        OCSFClass(3002, activity, name, severity, .authentication)
    }

    private static func entity(_ type: String, _ activity: Int, _ name: String, severity: Int = 1) -> OCSFClass {
        OCSFClass(3004, activity, name, severity, .entity(type))
    }

    /// Event Log Activity: about the audit log itself.
    private static func log(_ activity: Int, _ name: String, severity: Int = 1) -> OCSFClass {
        OCSFClass(1008, activity, name, severity, .log)
    }

    /// Detection Finding: somebody should look.
    private static func finding(_ title: String, severity: Int, isOver: Bool = false) -> OCSFClass {
        OCSFClass(
            2004, isOver ? 3 : 1, isOver ? "Close" : "Create", severity, .finding(title: title, isOver: isOver))
    }

    /// The class of a record; a type that this release does not know is an entry of the log.
    static func of(_ record: ExportedRecord) -> OCSFClass {
        guard let type = record.type else { return .log(99, "Other") }
        return switch type {
        case .callIntent, .callOutcome: execution(record)
        case .callDenied: execution(record, severity: 2)
        case .callInDoubt: execution(record, severity: 3)
        case .callResolved: .entity("call", 99, "Resolved", severity: 2)
        case .listFiltered, .streamOpened, .streamClosed: .api(2, "Read")
        case .authenticationFailed: .authentication(1, "Logon", severity: 2)
        case .sessionOpened: .authentication(1, "Logon")
        case .sessionClosed: .authentication(2, "Logoff")
        case .approvalRequested: .entity("approval", 1, "Create")
        case .approvalGranted: .entity("approval", 10, "Activate")
        case .approvalDenied: .entity("approval", 11, "Deactivate", severity: 2)
        case .approvalExpired: .entity("approval", 11, "Deactivate")
        case .credentialIssued: .entity("credential", 1, "Create")
        case .credentialRevoked: .entity("credential", 9, "Disable", severity: 2)
        case .grantFirstSeen: .entity("grant", 1, "Create")
        case .grantExpiring: .entity("grant", 99, "Expiring", severity: 2)
        case .grantsInForce: .entity("grants", 99, "In force")
        case .configurationChanged: .entity("configuration", 3, "Update", severity: 2)
        case .upstreamRestarted: OCSFClass(6002, 5, "Restart", 2, .lifecycle)
        case .upstreamEraChanged: .finding("An upstream speaks another protocol era than its pinned one", severity: 4)
        case .toolDrift: .finding("A tool's definition changed", severity: 4)
        case .sinkLag: .finding("A sink of the audit log is behind", severity: 3)
        case .sinkCaughtUp: .finding("A sink of the audit log is behind", severity: 1, isOver: true)
        case .alertRaised: .finding("Records of the audit log contradict each other", severity: 4)
        case .alertAcknowledged: .entity("alert", 99, "Acknowledged")
        case .alertClosed: .entity("alert", 99, "Closed")
        case .checkpointWitnessLost: .finding("Too few witnesses sign the audit log", severity: 3)
        case .checkpointWitnessed: .log(99, "Witnessed")
        case .checkpointTimestamped: .log(99, "Timestamped")
        case .keyRotated: .entity("key", 3, "Update", severity: 2)
        case .auditRead: .log(99, "Read")
        case .erasureRequested: .entity("erasure", 1, "Create", severity: 2)
        case .erasureExecuted: .entity("erasure", 99, "Executed", severity: 2)
        case .erasureRefused: .entity("erasure", 99, "Refused", severity: 2)
        case .holdPlaced: .entity("hold", 1, "Create")
        case .holdReleased: .entity("hold", 4, "Delete", severity: 2)
        case .logOpened: .log(6, "Start")
        case .logClosed: .log(7, "Stop")
        case .logGap: .log(99, "Gap", severity: 4)
        case .logRecoveredTail: .log(99, "Tail set aside", severity: 3)
        case .logHeartbeat: .log(99, "Heartbeat")
        case .logDegraded: .finding("The audit log is kept with difficulty", severity: 4)
        case .logRecovered: .finding("The audit log is kept with difficulty", severity: 1, isOver: true)
        case .clockStep: .log(99, "Clock step", severity: 3)
        case .shardClosed: .log(99, "Shard closed")
        case .shardOpened: .log(99, "Shard opened")
        case .shardCarried: .log(99, "Carried over")
        case .retentionApplied: .log(99, "Retention applied", severity: 2)
        }
    }

    /// A prompt or a resource is read; everything else that is called is executed.
    private static func execution(_ record: ExportedRecord, severity: Int = 1) -> OCSFClass {
        switch record.text("observed", "method") {
        case "prompts/get", "resources/read": .api(2, "Read", severity: severity)
        default: .api(99, "Execute Tool", severity: severity)
        }
    }
}
