package import MartletAudit
package import NIOCore
package import NIOPosix

/// A receiver of records over HTTP. What its form of answer acknowledges is acknowledged, nothing else.
///
/// `https`, or `http` on this machine only, with or without a credential: records name agents, people and addresses.
package struct HTTPSink: SinkCarrier {
    /// A verdict for each of 10,000 records fits.
    private static let maximumAnswerBytes = 16 << 20

    private let form: HTTPSinkForm
    private let encoding: RecordEncoding
    private let client: SlowHTTPClient
    private let credential: EgressCredential?

    /// `timeout` is for one batch, from finding the address to the last byte of the answer.
    package init(
        url: String, form: HTTPSinkForm, encoding: RecordEncoding, credential: EgressCredential?,
        authorities: String?, timeout: TimeAmount, group: MultiThreadedEventLoopGroup
    ) throws(EgressError) {
        self.form = form
        self.encoding = encoding
        self.credential = credential
        client = try SlowHTTPClient(
            url: url, timeout: timeout, maximumBytes: Self.maximumAnswerBytes, authorities: authorities, group: group)
    }

    package func deliver(_ records: [ExportedRecord]) async throws(SinkError) {
        let body = form.body(records, as: encoding)
        switch await client.send(body, contentType: form.contentType, credential: credential) {
        case .success(let answer): try form.judge(status: answer.status, body: answer.body, of: records)
        case .failure(let failure): throw Task.isCancelled ? .cancelled : SinkError(failure)
        }
    }
}

extension SinkError {
    fileprivate init(_ failure: UpstreamFailure) {
        self =
            switch failure {
            case .unreachable(let reason): .unreachable(reason)
            case .timedOut: .timedOut
            case .unauthorized(let status): .rejected("status \(status): the credential was refused")
            case .tooLarge: .rejected("an answer that is too large")
            case .garbage(let reason): .rejected(reason)
            case .brokenOff, .busy, .closed, .cancelled, .notCarried, .eraChanged: .brokenOff
            }
    }
}
