/// Files of grants with one mistake each, and the line an operator reads.
enum BrokenGrants {
    private static func seed(_ role: String = #""finance_executor""#, _ tool: String = #""issue_payment""#) -> String {
        "{\"agent_role\": \(role),\n\"tool\": \(tool),\n\"scope\": [],\n\"requires_approval\": false}"
    }

    private static func full(_ members: String) -> String {
        """
        [{"agent_role": "finance_executor", "upstream": "erp", "tool": "issue_payment",
          "expires": "2027-01-01", "requires_approval": true,
          \(members)}]
        """
    }

    private static func constraint(_ members: String) -> String {
        full("\"constraints\": [\n{\(members)}]")
    }

    static let all: [(String, String)] = [
        // Documents
        ("", #"grants.json:1: not valid JSON: unexpected end; write one grant {…} or a list of grants […]"#),
        ("[\n  7\n]", #"grants.json:2: a grant is an object; write {"agent_role": …, "tool": …}"#),
        // Wildcards and names
        (
            seed(#""*""#),
            #"grants.json:1: wildcard "*" in "agent_role"; name exactly one; a grant for everything is no grant"#
        ),
        (
            seed(#""""#),
            #"grants.json:1: wildcard "" in "agent_role"; name exactly one; a grant for everything is no grant"#
        ),
        (
            seed(#""finance_executor""#, #""issue_*""#),
            #"grants.json:2: wildcard "issue_*" in "tool"; name exactly one; a grant for everything is no grant"#
        ),
        (
            seed(#""finance_executor""#, #""pay now""#),
            #"grants.json:2: "pay now" is no name for "tool"; use letters, digits, _ . -"#
        ),
        (seed(#""finance_executor""#, "7"), #"grants.json:2: "tool" is not a text; write one name in quotes"#),
        (
            seed(#""finance_executer""#),
            #"grants.json:1: unknown role "finance_executer"; did you mean "finance_executor"?"#
        ),
        (
            full(#""scope": []"#).replacing("erp", with: "*"),
            #"grants.json:1: wildcard "*" in "upstream"; name exactly one; a grant for everything is no grant"#
        ),
        (
            full(#""scope": []"#).replacing("erp", with: "erb"),
            #"grants.json:1: unknown upstream "erb"; did you mean "erp"?"#
        ),
        // Missing members
        (
            "[\n{\"tool\": \"issue_payment\", \"scope\": [], \"requires_approval\": true}]",
            #"grants.json:2: a grant without "agent_role"; add "agent_role""#
        ),
        (
            #"{"agent_role": "reader", "scope": [], "requires_approval": true}"#,
            #"grants.json:1: a grant without "tool"; add "tool""#
        ),
        (
            #"{"agent_role": "reader", "tool": "issue_payment", "requires_approval": true}"#,
            #"grants.json:1: a grant without "scope"; add "scope": [words], or [] to allow every argument on purpose"#
        ),
        (
            #"{"agent_role": "reader", "tool": "issue_payment", "scope": []}"#,
            #"grants.json:1: a grant without "requires_approval"; add "requires_approval": true, or false on purpose"#
        ),
        (
            #"{"agent_role": "reader", "tool": "issue_payment", "scope": [], "requires_approval": "false"}"#,
            #"grants.json:1: "requires_approval" is not true or false; write true or false without quotes"#
        ),
        (
            #"{"agent_role": "reader", "tool": "issue_payment", "scope": [], "requires_approval": null}"#,
            #"grants.json:1: "requires_approval" is not true or false; write true or false without quotes"#
        ),
        // Ends
        (
            #"{"agent_role": "reader", "upstream": "erp", "tool": "issue_payment", "scope": [], "requires_approval": false}"#,
            #"grants.json:1: a grant without an end; add "expires": "2027-01-31"; only the short form's four keys may stand without it"#
        ),
        (
            full(#""scope": []"#).replacing("2027-01-01", with: "2026-11-22"),
            #"grants.json:2: grant ended 2026-11-22T00:00:00.000000Z; remove it, or renew "expires""#
        ),
        (
            full(#""scope": []"#).replacing("2027-01-01", with: "never"),
            #"grants.json:2: "expires" is no date; write "2027-01-31" or "2027-01-31T18:00:00Z""#
        ),
        (
            full(#""scope": []"#).replacing("2027-01-01", with: "2027-02-29"),
            #"grants.json:2: "expires" is no date; write "2027-01-31" or "2027-01-31T18:00:00Z""#
        ),
        // Scopes
        (
            seed().replacing("[]", with: "[\n\"max_amount_1000\"]"),
            #"grants.json:4: unknown scope "max_amount_1000"; write it like max_amount_1000_eur"#
        ),
        (
            seed().replacing("[]", with: "[\n\"vendor_witelist\"]"),
            #"grants.json:4: unknown scope "vendor_witelist"; did you mean "vendor_whitelist"?"#
        ),
        (
            seed().replacing("[]", with: "[\"vendor_whitelist\",\n\"vendor_whitelist\"]"),
            #"grants.json:4: scope word "vendor_whitelist" twice; keep one"#
        ),
        (
            seed().replacing("[]", with: "\"vendor_whitelist\""),
            #"grants.json:3: "scope" is not a list; write a list of words: ["…"]"#
        ),
        (seed().replacing("[]", with: "[1]"), #"grants.json:3: a word of "scope" is not a text; write it in quotes"#),
        (
            seed().replacing("[]", with: #"["max_amount_1_eur", "max_amount_1_usd"]"#),
            #"grants.json:3: amounts in EUR and in USD in one grant permit nothing; write one grant for each currency"#
        ),
        (
            seed(#""finance_executor""#, #""issue_batch""#).replacing("[]", with: #"["vendor_whitelist"]"#),
            #"grants.json:3: scope "vendor_whitelist" without a binding "vendor" of "issue_batch"; add vendor: /argument to its bindings under upstream erp in the configuration"#
        ),
        (
            seed(#""finance_executor""#, #""unbound""#).replacing("[]", with: #"["vendor_whitelist"]"#),
            #"grants.json:3: scope "vendor_whitelist" without bindings of "unbound"; name the tool's arguments under tools: of its upstream in the configuration"#
        ),
        // Unknown and later members
        (full("\"scope\": [],\n\"expirse\": 1"), #"grants.json:4: unknown key "expirse"; did you mean "expires"?"#),
        (
            full("\"scope\": [],\n\"budgets\": []"),
            #"grants.json:4: "budgets" is not enforced by this release; remove it, or wait with this grant: it would permit more than it says"#
        ),
        // Approval
        (
            full("\"scope\": [],\n\"approvers\": [\"finanse_approver\"]"),
            #"grants.json:4: unknown approver "finanse_approver"; did you mean "finance_approver"?"#
        ),
        (
            full("\"scope\": [],\n\"approvers\": []"),
            #"grants.json:4: an empty list of approvers; name roles or people who may approve"#
        ),
        (
            full("\"scope\": [],\n\"quorum\": 2"),
            #"grants.json:4: "quorum" is not 1; this release asks one person; write 1"#
        ),
        (
            full("\"scope\": [],\n\"approval_ttl\": \"59s\""),
            #"grants.json:4: "approval_ttl" is no duration from 1m to 7d; write it like "15m""#
        ),
        (
            full("\"scope\": [],\n\"approval_ttl\": \"8d\""),
            #"grants.json:4: "approval_ttl" is no duration from 1m to 7d; write it like "15m""#
        ),
        (
            full("\"scope\": [],\n\"approvers\": [\"olivia\"]").replacing(
                "\"requires_approval\": true", with: "\"requires_approval\": false"),
            #"grants.json:4: "approvers" without approval; set "requires_approval": true, or remove "approvers""#
        ),
        (
            "[" + Fixture.full(#""scope": [], "approvers": ["olivia"]"#, approval: true) + ",\n"
                + Fixture.full(#""scope": [], "approvers": ["peter"]"#, approval: true) + "]",
            #"grants.json:3: nobody may approve for this grant and the one in grants.json:1, and both ask for approval; name at least one common approver"#
        ),
        // Duplicates
        (
            "[\(Fixture.seed),\n\(Fixture.seed)]",
            "grants.json:3: the same grant as in grants.json:1; remove one of them"
        ),
        (
            "[" + Fixture.full(#""scope": []"#) + ",\n" + Fixture.full(#""scope": [], "owner": "bob", "id": "b""#)
                + "]", "grants.json:3: the same grant as in grants.json:1; remove one of them"
        ),
        (
            "[" + Fixture.full(#""scope": [], "id": "a""#) + ",\n"
                + Fixture.full(#""scope": ["vendor_whitelist"], "id": "a""#) + "]",
            #"grants.json:3: the id "a" of the grant in grants.json:1; choose another id"#
        ),
        // Constraints
        (full("\"constraints\": {}"), #"grants.json:3: "constraints" is not a list; write [{"argument": "/…", …}]"#),
        (
            full("\"constraints\": [\n7]"),
            #"grants.json:4: a constraint is an object; write {"argument": "/path", "one_of": ["…"]}"#
        ),
        (
            constraint(#""argument": "amount", "boolean": true"#),
            #"grants.json:4: "argument" is no path to an argument; write a JSON Pointer like "/amount" or "/payments/*/amount""#
        ),
        (
            constraint(#""argument": "", "boolean": true"#),
            #"grants.json:4: "argument" is no path to an argument; write a JSON Pointer like "/amount" or "/payments/*/amount""#
        ),
        (
            constraint(#""boolean": true"#),
            #"grants.json:4: "argument" is no path to an argument; write a JSON Pointer like "/amount" or "/payments/*/amount""#
        ),
        (
            constraint(#""argument": "/a""#),
            #"grants.json:4: a constraint says nothing about its argument; write exactly one of: amount, one_of, number, string, boolean"#
        ),
        (
            constraint(#""argument": "/a", "boolean": true, "one_of": ["x"]"#),
            #"grants.json:4: a constraint says several things about its argument; write exactly one of: amount, one_of, number, string, boolean"#
        ),
        (
            constraint(#""argument": "/a", "boolean": 1"#),
            #"grants.json:4: "boolean" is not true or false; write true or false"#
        ),
        (
            constraint(#""argument": "/a", "one_of": []"#),
            #"grants.json:4: "one_of" is not a list of texts or of numbers; write at least one value, all of one type"#
        ),
        (
            constraint(#""argument": "/a", "one_of": ["1", 1]"#),
            #"grants.json:4: "one_of" is not a list of texts or of numbers; write at least one value, all of one type"#
        ),
        (
            constraint(#""argument": "/a", "one_of": [null]"#),
            #"grants.json:4: "one_of" is not a list of texts or of numbers; write at least one value, all of one type"#
        ),
        (
            constraint(#""argument": "/a", "number": {}"#),
            #"grants.json:4: a range without limits; add "minimum" or "maximum""#
        ),
        (
            constraint(#""argument": "/a", "number": 5"#),
            #"grants.json:4: "number" is not an object; write {"maximum": …}"#
        ),
        (
            constraint(#""argument": "/a", "number": {"maximum": "5"}"#),
            #"grants.json:4: "maximum" is no number of at most 18 digits; write a number without quotes"#
        ),
        (
            constraint(#""argument": "/a", "number": {"maximum": 1e40}"#),
            #"grants.json:4: "maximum" is no number of at most 18 digits; write a number without quotes"#
        ),
        (
            constraint(#""argument": "/a", "number": {"minimum": 2, "maximum": 1}"#),
            #"grants.json:4: minimum 2 is above maximum 1; exchange them"#
        ),
        (
            constraint(#""argument": "/a", "number": {"maximum": 1, "max": 1}"#),
            #"grants.json:4: unknown key "max"; known here: maximum, minimum"#
        ),
        (
            constraint(#""argument": "/a", "amount": {"maximum": 1}"#),
            #"grants.json:4: an amount without an ISO 4217 currency; write "currency": "EUR""#
        ),
        (
            constraint(#""argument": "/a", "amount": {"maximum": 1, "currency": "eur"}"#),
            #"grants.json:4: an amount without an ISO 4217 currency; write "currency": "EUR""#
        ),
        (
            constraint(#""argument": "/a", "amount": {"maximum": 0, "currency": "EUR"}"#),
            #"grants.json:4: an amount of at most 0 permits nothing; write a positive maximum"#
        ),
        (
            constraint(#""argument": "/a", "amount": {"maximum": 1, "currency": "EUR"}"#).replacing(
                "issue_payment", with: "unbound"),
            #"grants.json:4: an amount without an argument for its currency; add "currency_argument": "/currency", or bind currency in the configuration"#
        ),
        (
            constraint(#""argument": "/a", "string": {}"#),
            #"grants.json:4: a string constraint without limits; add "maximum_length" or "prefix""#
        ),
        (
            constraint(#""argument": "/a", "string": {"prefix": ""}"#),
            #"grants.json:4: "prefix" is empty or no text; write the text values must begin with"#
        ),
        (
            constraint(#""argument": "/a", "string": {"maximum_length": -1}"#),
            #"grants.json:4: "maximum_length" is no length; write a whole number from 0 to 1048576"#
        ),
        (
            constraint(#""argument": "/a", "string": {"minimum_length": 2, "maximum_length": 1}"#),
            #"grants.json:4: minimum_length is above maximum_length; exchange them"#
        ),
        (
            constraint(#""argument": "/a", "string": {"one_of": [1]}"#),
            #"grants.json:4: "one_of" of a string has numbers; write texts"#
        ),
    ]
}
