package import MartletPolicy

/// Hand-written Cedar policies that stand beside the grants. Key `policies`: files, or folders of `*.cedar`.
package struct PolicySettings: Sendable {
    /// The files, in the order in which they were read. Default none.
    package let files: [String]
    package let policies: [HandWrittenPolicy]

    /// What stands against these policies and the compiled grants, checked strictly; anything fails the start.
    package func problems(beside compiled: CompiledGrants, terms: GrantTerms) -> [SourceProblem] {
        PolicyCheck(compiled, policies, terms: terms).problems()
    }
}
