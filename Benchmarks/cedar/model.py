#!/usr/bin/env python3
"""Makes the model that both engines are timed on: an MCP gateway's grants, and multiples of them. See ../README.md."""
import json, pathlib, sys

SIZES = (10, 100, 1000, 10_000)
SCHEMA = '''
entity Tenant;
entity Role in [Role];
entity VendorList;
entity Vendor in [VendorList];
entity User in [Role, Tenant] { tenant: Tenant, active: Bool };
entity Agent in [Role, Tenant] { tenant: Tenant, env: String, active: Bool, owner: User };
entity Upstream in [Tenant] { tenant: Tenant, env: String, region: String, pinned: Bool };
type Call = { args: { vendor: Vendor, amount: decimal, currency: String }, env: String, region: String, now: datetime,
  user?: User, approval?: { approvers: Set<User>, expires: datetime } };
action "tools/call", "effect:write", "risk:high";
%s
'''
ACTION = 'action "%s" in [%s] appliesTo { principal: [Agent, User], resource: Upstream, context: Call };'
GUARDS = '''
@id("tenant") forbid (principal is Agent, action in Action::"tools/call", resource) unless { resource.tenant == principal.tenant };
@id("environment") forbid (principal is Agent, action in Action::"tools/call", resource) unless { principal.env == resource.env && context.env == resource.env };
@id("residency") forbid (principal, action in Action::"risk:high", resource) unless { ["eu-west-1", "eu-central-1"].contains(context.region) };
@id("hours") forbid (principal, action in Action::"risk:high", resource) unless { context.now.toTime() >= duration("6h") && context.now.toTime() < duration("18h") };
@id("revoked") forbid (principal is Agent, action, resource) unless { principal.active };
@id("unpinned") forbid (principal, action in Action::"effect:write", resource) unless { resource.pinned };
@id("four-eyes") forbid (principal, action in Action::"risk:high", resource) when { context has user && context has approval && context.approval.approvers.contains(context.user) };
@id("staff") permit (principal in Role::"finance_staff", action == Action::"erp/pay0", resource == Upstream::"erp");
'''
GRANT = '''
@id("grant-{n}") permit (principal in Role::"{role}", action == Action::"erp/pay{n}", resource == Upstream::"erp")
when {{ context.args.vendor in VendorList::"approved" }}
when {{ context.args.currency == "EUR" && context.args.amount.greaterThan(decimal("0.0")) && context.args.amount.lessThanOrEqual(decimal("{limit}.00")) }}
when {{ context.now < datetime("2026-12-31T00:00:00Z") }};
'''
APPROVAL = '''
@id("approval-{n}") @remedy("approval") forbid (principal, action == Action::"erp/pay{n}", resource)
unless {{ context has approval && !context.approval.approvers.isEmpty() && context.now < context.approval.expires }};
'''


def uid(type, id): return {'type': type, 'id': id}
def ref(type, id): return {'__entity': uid(type, id)}
def entity(type, id, parents=(), **attributes):
    return {'uid': uid(type, id), 'attrs': attributes, 'parents': [uid(*p) for p in parents]}


def policies(size):
    """Guards, and pairs of a grant and its approval, of a tool each."""
    text, count, number = GUARDS, GUARDS.count('@id('), 0
    while count < size:
        values = dict(n=number, role='finance_executor' if number % 10 == 0 else f'team{number % 50}', limit=1000 + number % 7)
        text += GRANT.format(**values)
        count += 1
        if count < size:
            text += APPROVAL.format(**values)
            count += 1
        number += 1
    return text, number


def requests():
    for amount, vendor, region, approvers in [('750.00', 'V-1', 'eu-west-1', ['bob']), ('750.00', 'V-1', 'eu-west-1', []),
                                              ('9000.00', 'V-1', 'eu-west-1', ['bob']), ('750.00', 'V-2', 'eu-west-1', ['bob']),
                                              ('750.00', 'V-1', 'us-east-1', ['bob']), ('750.00', 'V-1', 'eu-central-1', ['alice'])]:
        context = {'args': {'vendor': ref('Vendor', vendor), 'amount': amount, 'currency': 'EUR'}, 'env': 'prod',
                   'region': region, 'now': '2026-06-01T10:00:00Z', 'user': ref('User', 'alice'),
                   'approval': {'approvers': [ref('User', a) for a in approvers], 'expires': '2026-06-01T10:15:00Z'}}
        for principal in ('Agent::"pay-bot"', 'User::"alice"'):
            yield {'principal': principal, 'action': 'Action::"erp/pay0"', 'resource': 'Upstream::"erp"', 'context': context}


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    tools = 0
    for size in SIZES:
        text, tools = policies(size)
        (folder / f'policies-{size}.cedar').write_text(text)
    groups = ', '.join(f'"{g}"' for g in ('tools/call', 'effect:write', 'risk:high'))
    (folder / 'schema.cedarschema').write_text(SCHEMA % '\n'.join(ACTION % (f'erp/pay{n}', groups) for n in range(tools)))
    acme = ref('Tenant', 'acme')
    (folder / 'entities.json').write_text(json.dumps([
        entity('Tenant', 'acme'), entity('VendorList', 'approved'), entity('Vendor', 'V-1', [('VendorList', 'approved')]),
        entity('Vendor', 'V-2'), *(entity('Role', r) for r in ('finance_executor', 'finance_staff', 'finance_approver')),
        entity('User', 'alice', [('Role', 'finance_staff'), ('Tenant', 'acme')], tenant=acme, active=True),
        entity('User', 'bob', [('Role', 'finance_approver'), ('Tenant', 'acme')], tenant=acme, active=True),
        entity('Agent', 'pay-bot', [('Role', 'finance_executor'), ('Tenant', 'acme')], tenant=acme, env='prod', active=True,
               owner=ref('User', 'alice')),
        entity('Upstream', 'erp', [('Tenant', 'acme')], tenant=acme, env='prod', region='eu-west-1', pinned=True)]))
    (folder / 'requests.json').write_text(json.dumps(list(requests())))


if __name__ == '__main__':
    main(pathlib.Path(sys.argv[1]))
