import Glibc
import NIOCore
import NIOPosix

/// Turns a child's three descriptors into two channels on one loop: input with output, and errors.
struct StandardStreams {
    private let main: EventLoopFuture<any Channel>
    private let process: ChildProcess

    init(of process: ChildProcess, reader: StandardOutputReader, lines: StandardErrorLines, loop: any EventLoop) {
        self.process = process
        let reader = NIOLoopBound(reader, eventLoop: loop)
        main = NIOPipeBootstrap(group: loop)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.writeBufferWaterMark, value: .init(low: 64 << 10, high: 1 << 20))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(reader.value)
                }
            }
            .takingOwnershipOfDescriptors(input: process.output, output: process.input)
        let errors = process.errors
        let lines = NIOLoopBound(lines, eventLoop: loop)
        NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(StandardErrorLog(lines.value))
                }
            }
            .takingOwnershipOfDescriptor(input: errors)
            .whenFailure { _ in _ = Glibc.close(errors) }
    }

    /// Gives the channel of input and output, or nil when there is none; then the descriptors are closed.
    func whenOpen(_ body: @escaping ((any Channel)?) -> Void) {
        let process = process
        main.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel): body(channel)
            case .failure:
                _ = Glibc.close(process.input)
                _ = Glibc.close(process.output)
                body(nil)
            }
        }
    }
}
