# writes run/*.yaml etc. from cfg/* for this machine
import pathlib
H=pathlib.Path(__file__).parent; R=H/'run'; R.mkdir(exist_ok=True)
t=(H/'cfg/envoy-mcp.yaml').read_text()
def gen(name,port,up,cache,mcp,args):
    s=t.replace('@RUN@/envoy-mcp.log',f'{R}/{name}.log').replace('@RUN@',str(R)).replace('@UP@',str(up)).replace('19021',str(port)).replace('19929',str(port+900))
    s=s.replace('@JWTCACHE@',cache).replace('@MCPEXTRA@',mcp).replace('@ARGRULES@',args); (R/f'{name}.yaml').write_text(s)
CACHE='                  jwt_cache_config: {jwt_cache_size: 5000}'
EX='''              reject_duplicate_keys: true
              parser_config:
                methods:
                - method: tools/call
                  extraction_rules:
                  - {path: params.name}
                  - {path: params.arguments.amount}
                  - {path: params.arguments.vendor}
                  - {path: params.arguments.currency}'''
AR='''                        - not_rule:
                            and_rules:
                              rules:
                              - sourced_metadata: {metadata_matcher: {filter: envoy.filters.http.mcp, path: [{key: params},{key: name}], value: {string_match: {exact: issue_payment}}}}
                              - not_rule:
                                  and_rules:
                                    rules:
                                    - sourced_metadata: {metadata_matcher: {filter: envoy.filters.http.mcp, path: [{key: params},{key: arguments},{key: amount}], value: {double_match: {range: {start: 0, end: 1000.01}}}}}
                                    - sourced_metadata: {metadata_matcher: {filter: envoy.filters.http.mcp, path: [{key: params},{key: arguments},{key: vendor}], value: {string_match: {prefix: "vendor-"}}}}'''
gen('envoy-mcp',19021,19001,'','','')
gen('envoy-mcp-cache',19022,19001,CACHE,'','')
gen('envoy-mcp-args',19023,19001,'',EX,AR)
gen('envoy-mcp-args-cache',19024,19001,CACHE,EX,AR)

# plain HTTP proxying by Envoy: one text access-log line, no MCP, no JWT
(R/'envoy-plain.yaml').write_text((H/'cfg/envoy-plain.yaml').read_text().replace('@RUN@',str(R)).replace('@UP@','19001'))
# nginx as a plain proxy; Martlet with its grants
for n in ('nginx-plain.conf','ours.yaml','ours-grants.json'):
    (R/n).write_text((H/'cfg'/n).read_text().replace('@RUN@',str(R)))

# the same for Benchmarks/streams: nginx passes every piece on as it comes, Martlet has five grants of a thousand tools and
# sixteen more upstreams, because each has at most 64 connections and an open call keeps one; standing streams may
# take half of its connections, and a thousand are measured
(R/'nginx-streams.conf').write_text((R/'nginx-plain.conf').read_text().replace('19010','19011').replace('nginx.','nginx-streams.')
    .replace('proxy_http_version', 'proxy_buffering off; proxy_http_version'))
import json
holders=[f'hold{i:02d}' for i in range(16)]
grants=json.loads((R/'ours-grants.json').read_text())
grant=lambda up,tool:{'agent_role':'finance_executor','upstream':up,'tool':tool,'scope':[],'requires_approval':False,'expires':'2099-01-01','owner':'bench'}
grants=[g for g in grants if g['upstream']=='fake']+[grant('fake1000'+v,t) for v in ('','v') for t in ('issue_payment','read_ledger','tool_0250','tool_0500','tool_0999')]
grants+=[grant(h,'stream') for h in holders]
(R/'streams-grants.json').write_text(json.dumps(grants,indent=1))
up=lambda name,path:f'  - {{name: {name}, url: "http://127.0.0.1:19001{path}", era: "2026-07-28", timeout: 300s}}'
ours=(R/'ours.yaml').read_text().replace('19060','19061').replace('ours-grants','streams-grants')
head,tail=ours.split('upstreams:\n')[0],ours[ours.index('grants:'):]
(R/'streams-ours.yaml').write_text(head+'upstreams:\n'+'\n'.join([up('fake','/mcp'),up('fake1000','/mcp1000'),up('fake1000v','/mcp1000v'),*(up(h,'/mcp') for h in holders)])+'\n'+tail+'limits: {connections: 4096}\n')
