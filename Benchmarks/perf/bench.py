#!/usr/bin/env python3
"""bench.py - measures MCP gateways side by side on one machine (loopback only, bounded loads).

  bench.py probe  TARGET...                  what does it allow and deny (runs probe.py)
  bench.py calls  [--conns 1,16,64,256] [--secs 10] [--rounds 3] [--era modern,legacy] [--unpinned] TARGET...
  bench.py list   TARGET...                  tools/list with 1,000 tools
  bench.py big    TARGET...                  a 1 MB tool result
  bench.py stream TARGET...                  20-event SSE answers: throughput, and added delay per event
  bench.py idle   TARGET...                  RSS with 1,000 idle legacy sessions, each with an open GET stream
Rows go to run/results.jsonl; report.py makes tables of medians.

A target is one entry of TARGETS: how to start it, its port and path, which tool name and tokens to use. More of them
may stand in targets_local.py beside this file.
Everything started here is ended here, by pid."""
import argparse, collections, http.client, json, os, pathlib, resource, signal, socket, statistics, subprocess, sys, threading, time
H = pathlib.Path(__file__).resolve().parent; R = H/'run'; P = pathlib.Path(os.environ.get('BENCH_VENVS', H.parent)).resolve()
ENVOY = next(iter((P/'v-envoy').glob('lib/python3*/site-packages/envoy/_bin/envoy')), None)
MARTLET = pathlib.Path(os.environ.get('MARTLET_BIN', H.parent.parent/'.build/release/martlet')).resolve()
FAKE = 19001
def envoy(cfg): return lambda pin: [str(ENVOY), '-c', str(R/f'{cfg}.yaml'), '--concurrency', '1' if pin else '2', '--base-id', str(abs(hash(cfg)) % 30000), '--log-level', 'error']
class T:
    def __init__(s, port, cmd, path='/mcp', tool='issue_payment', tokens='tokens_many.txt', ntok=64, path_list='/mcp1000', log=None, eras=('modern','legacy'), ready='tcp', prep=None, env=None, cwd=None, session=True, wait=60, up=FAKE, count=None):
        s.path_list = path_list  # where tools/list answers 1,000 tools
        s.count = count  # callable -> number of audit records, for gateways whose audit is no text file
        s.port, s.cmd, s.path, s.tool, s.tokens, s.ntok, s.log, s.eras, s.prep, s.env, s.cwd, s.session, s.wait, s.up = port, cmd, path, tool, tokens, ntok, log, eras, prep, env, cwd, session, wait, up
def records():  # the size our signed checkpoint states; it follows the log within a second
    try: return int((R/'ours-state/audit/checkpoint').read_text().split('\n')[1])
    except OSError: return 0
TARGETS = {
  # floor: no gateway at all
  'direct':        T(FAKE, None),
  # plain HTTP proxies: no JWT, no MCP, one access-log line
  'nginx-plain':   T(19010, lambda pin: ['nginx', '-c', str(R/'nginx-plain.conf')], log='nginx.log'),
  'envoy-plain':   T(19020, envoy('envoy-plain'), log='envoy-plain.log'),
  # the work: JWT ES256 + audience, tool rule per role, one log line a call
  'envoy-mcp':             T(19021, envoy('envoy-mcp'), log='envoy-mcp.log'),
  'envoy-mcp-cache':       T(19022, envoy('envoy-mcp-cache'), log='envoy-mcp-cache.log'),
  'envoy-mcp-args':        T(19023, envoy('envoy-mcp-args'), log='envoy-mcp-args.log'),
  'envoy-mcp-args-cache':  T(19024, envoy('envoy-mcp-args-cache'), log='envoy-mcp-args-cache.log'),
  # Martlet: JWT ES256 + audience, grants on arguments, intent and outcome on disk (fdatasync) before the answer
  'ours': T(19060, lambda pin: ['bash', '-c', f'rm -rf {R}/ours-state; exec {MARTLET} serve --config {R}/ours.yaml --threads {1 if pin else 2}'], path='/mcp/fake', path_list='/mcp/fake1000', count=records),
}
if (H/'targets_local.py').exists(): exec((H/'targets_local.py').read_text())
HZ = os.sysconf('SC_CLK_TCK')
def tree(pid):
    out, todo = [], [pid]
    kids = collections.defaultdict(list)
    for d in os.listdir('/proc'):
        if d.isdigit():
            try: kids[int(open(f'/proc/{d}/stat').read().rsplit(')',1)[1].split()[1])].append(int(d))
            except OSError: pass
    while todo: p = todo.pop(); out.append(p); todo += kids[p]
    return out
def cpu(pid):  # seconds of user+system of the whole process tree
    s = 0.0
    for p in tree(pid):
        try: f = open(f'/proc/{p}/stat').read().rsplit(')',1)[1].split(); s += (int(f[11])+int(f[12])+int(f[13])+int(f[14]))/HZ
        except OSError: pass
    return s
def rss(pid):  # MiB, proportional where the kernel tells it
    k = 0
    for p in tree(pid):
        try:
            for l in open(f'/proc/{p}/smaps_rollup'):
                if l.startswith('Pss:'): k += int(l.split()[1])
        except OSError: pass
    return round(k/1024, 1)
def busy():
    f = list(map(int, open('/proc/stat').readline().split()[1:9])); return (sum(f)-f[3]-f[4])/HZ
def stats():
    c = http.client.HTTPConnection('127.0.0.1', FAKE, timeout=10); c.request('GET','/stats'); return json.loads(c.getresponse().read())
def wait_port(port, secs=30):
    for _ in range(secs*20):
        try: socket.create_connection(('127.0.0.1', port), 1).close(); return
        except OSError: time.sleep(.05)
    raise SystemExit(f'port {port} did not open')
class Run:  # a started process, pinned or not
    def __init__(s, argv, core=None, name='x', env=None):
        if core is not None: argv = ['taskset','-c',str(core)] + argv
        s.err = open(R/f'{name}.err','ab'); s.p = subprocess.Popen(argv, stdout=s.err, stderr=s.err, env={**os.environ, **(env or {})}); s.pid = s.p.pid
    def stop(s):
        for p in reversed(tree(s.pid)):
            try: os.kill(p, signal.SIGTERM)
            except OSError: pass
        try: s.p.wait(8)
        except subprocess.TimeoutExpired:
            for p in tree(s.pid):
                try: os.kill(p, signal.SIGKILL)
                except OSError: pass
            s.p.wait(5)
def headers(t, era, method, name=None, sess=None, tokens=None):
    h = {'Content-Type':'application/json','Accept':'application/json, text/event-stream'}
    if t.tokens: h['Authorization'] = 'Bearer ' + (R/t.tokens).read_text().split('\n')[tokens or 0]
    if era == 'modern':
        h['MCP-Protocol-Version']='2026-07-28'; h['Mcp-Method']=method
        if name: h['Mcp-Name']=name
    else: h['MCP-Protocol-Version']='2025-11-25'
    if sess: h['Mcp-Session-Id']=sess
    return h
META = {'io.modelcontextprotocol/protocolVersion':'2026-07-28','io.modelcontextprotocol/clientInfo':{'name':'bench','version':'1'},'io.modelcontextprotocol/clientCapabilities':{}}
def rpc(t, era, method, params=None, name=None, sess=None, tokens=None, path=None, id=1, timeout=60):
    c = http.client.HTTPConnection('127.0.0.1', t.port, timeout=timeout)
    params = dict(params or {})
    if era == 'modern': params['_meta'] = META
    b = {'jsonrpc':'2.0','method':method,'params':params}
    if id is not None: b['id'] = id
    c.request('POST', path or t.path, json.dumps(b), headers(t, era, method, name, sess, tokens)); r = c.getresponse(); d = r.read(); return r.status, d, r.headers
def session(t, tokens=None):
    s, d, h = rpc(t, 'legacy', 'initialize', {'protocolVersion':'2025-11-25','capabilities':{},'clientInfo':{'name':'bench','version':'1'}}, tokens=tokens)
    sid = h.get('Mcp-Session-Id'); rpc(t, 'legacy', 'notifications/initialized', sess=sid, id=None, tokens=tokens); return sid
ARGS = {'vendor':'vendor-17','amount':250.5,'currency':'EUR','memo':'x'}
def ready(t, era='modern'):  # a real allowed call must succeed before anything is measured
    for _ in range(t.wait*2):
        try:
            sid = session(t) if era == 'legacy' and t.session else None
            s, d, _h = rpc(t, era, 'tools/call', {'name':t.tool,'arguments':ARGS}, t.tool, sid, timeout=20)
            if s == 200 and b'"result"' in d and b'"isError":true' not in d: return
            last = (s, d[:200])
        except OSError as e: last = e
        time.sleep(.5)
    raise RuntimeError(f'not ready: {last}')
def start(name, pin=True):
    t = TARGETS[name]
    if t.cmd is None: return t, None
    if t.log: open(R/t.log,'w').close()
    run = Run(t.cmd(pin), 1 if pin else None, name, t.env)
    try:
        wait_port(t.port, t.wait)
        if t.prep: time.sleep(3); t.prep(t)
    except BaseException: run.stop(); raise
    return t, run
def wrk(t, era, conns, secs, op='call', tool=None, path=None, pin=True, extra=''):
    env = {**os.environ, 'ERA':era, 'TOOL':tool or t.tool, 'OP':op, 'EXTRA':extra, 'PATH_':path or t.path, 'TOKENS':str(R/t.tokens) if t.tokens else '', 'NTOK':str(t.ntok), 'SESS':''}
    if era == 'legacy' and t.session:
        ids = []
        # a session belongs to the caller that made it: with sessions, one token and 16 sessions
        env['NTOK'] = '1'
        for _ in range(16): ids.append(session(t))
        (R/'sess.txt').write_text('\n'.join(filter(None, ids))); env['SESS'] = str(R/'sess.txt')
    a = ['wrk','-t1','-c',str(conns),'-d',f'{secs}s','--timeout','30s','-s',str(H/'mcp.lua'), f'http://127.0.0.1:{t.port}']
    if pin: a = ['taskset','-c','0'] + a
    p = subprocess.Popen(a, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)
    peak = [0]
    out = p.stdout.read(); _, st, ru = os.wait4(p.pid, 0); p.returncode = st
    for l in out.split('\n'):
        if l.startswith('RESULT '): r = json.loads(l[7:]); r['wrk_cpu'] = ru.ru_utime+ru.ru_stime; return r
    raise RuntimeError(out[-500:])
def logbytes(t): return t.count() if t.count else (R/t.log).stat().st_size if t.log and (R/t.log).exists() else None
def loglines(t, off=0):
    if t.count: return t.count()-off
    if not t.log or not (R/t.log).exists(): return None
    n = 0
    with open(R/t.log,'rb') as f:
        f.seek(off)
        while b := f.read(1<<20): n += b.count(b'\n')
    return n
def calm(limit, wait=20):  # give the machine a chance to be quiet; never waits longer than `wait` seconds
    t0 = time.time()
    while limit < 1 and time.time()-t0 < wait:
        b = busy(); time.sleep(.7)
        if (busy()-b)/.7/os.cpu_count() < limit: return
CALM = [1.0]
def measure(kind, name, t, run, era, conns, secs, pin, fake, **kw):
    calm(*CALM)
    if t.count: time.sleep(1.2)  # what is counted may follow by a second
    c0, b0, f0, s0, lo = (cpu(run.pid) if run else 0), busy(), cpu(fake.pid), stats(), logbytes(t)
    w0 = time.time(); r = wrk(t, era, conns, secs, pin=pin, **kw); w1 = time.time()
    c1, b1, f1, s1 = (cpu(run.pid) if run else 0), busy(), cpu(fake.pid), stats()
    key = 'list' if kw.get('op') == 'list' else 'call'
    row = dict(kind=kind, target=name, era=era, conns=conns, pin=pin, t=round(w0), secs=secs, rps=round(r['requests']/(r['us']/1e6),1), **{k:r[k] for k in ('requests','p50','p90','p99','p999','max','mean')},
        errors=r['econn']+r['eread']+r['ewrite']+r['etimeout'], non2xx=r['estatus'], bytes_per=round(r['bytes']/max(1,r['requests'])),
        cpu_us=round((c1-c0)/max(1,r['requests'],s1[key]-s0[key])*1e6,1) if run else round((f1-f0)/max(1,r['requests'])*1e6,1), gw_util=round((c1-c0)/(w1-w0),3), load_util=round((r['wrk_cpu']+f1-f0)/(w1-w0),3),
        foreign=round(max(0,(b1-b0)-(c1-c0)-(f1-f0)-r['wrk_cpu'])/(w1-w0)/os.cpu_count(),3), upstream_calls=s1[key]-s0[key], upstream_conns=s1['conn']-s0['conn'], upstream_init=s1['init']-s0['init'], rss=rss(run.pid) if run else None)
    if t.log or t.count: time.sleep(1.2); row['log_lines'] = loglines(t, lo)
    open(R/'results.jsonl','a').write(json.dumps(row)+'\n')
    print(f"{kind} {name:22s} {era:7s} c={conns:<4d} {row['rps']:>9.0f}/s p50={row['p50']/1000:.2f} p99={row['p99']/1000:.2f} ms cpu={row['cpu_us']:.1f}us util={row['gw_util']:.2f}/{row['load_util']:.2f} foreign={row['foreign']:.2f} err={row['errors']} non2xx={row['non2xx']} up/req={row['upstream_calls']/max(1,row['requests']):.3f} log/req={(row.get('log_lines') or 0)/max(1,row['requests']):.3f} rss={row['rss']}", flush=True)
    return row
def sse_delay(t, n=40):
    """slowstream: 20 events 50 ms apart, each stamped by the upstream; the delay is receive time minus stamp (us)"""
    out = []; lock = threading.Lock()
    def one():
        c = http.client.HTTPConnection('127.0.0.1', t.port, timeout=60); era='modern'
        tool = 'slowstream'
        c.request('POST', t.path, json.dumps({'jsonrpc':'2.0','id':1,'method':'tools/call','params':{'name':tool,'arguments':{},'_meta':{**META,'progressToken':1}}}), headers(t, era, 'tools/call', tool))
        r = c.getresponse(); d = []
        while l := r.fp.readline() if False else r.readline():
            now = time.monotonic()*1e6
            i = l.find(b't=')
            if i >= 0 and l.startswith(b'data:'): d.append(now-int(l[i+2:i+18]))
        with lock: out.append((r.status, r.getheader('Content-Type'), d))
    th = [threading.Thread(target=one) for _ in range(n)]
    [x.start() for x in th]; [x.join() for x in th]
    ev = sorted(x for o in out for x in o[2])
    return dict(streams=n, events=len(ev), p50=ev[len(ev)//2] if ev else None, p99=ev[int(len(ev)*.99)] if ev else None, status=collections.Counter(f'{o[0]} {o[1]}' for o in out))
def idle(name, t, run, fake, n=1000):
    """n legacy sessions, each holding an open GET stream; RSS before, after, and after closing"""
    r0 = rss(run.pid) if run else rss(fake.pid); socks = []; ok = 0; sids = 0; t0 = time.time()
    for i in range(n):
        try:
            sid = session(t); sids += bool(sid)
            s = socket.create_connection(('127.0.0.1', t.port)); s.settimeout(10)
            h = headers(t, 'legacy', ''); h.pop('Content-Type'); h['Accept']='text/event-stream'
            if sid: h['Mcp-Session-Id'] = sid
            s.sendall((f'GET {t.path} HTTP/1.1\r\nHost: 127.0.0.1:{t.port}\r\n' + ''.join(f'{k}: {v}\r\n' for k,v in h.items()) + '\r\n').encode())
            b = s.recv(4096); ok += b.startswith(b'HTTP/1.1 200'); first = b[:60] if i == 0 else first; socks.append(s)
        except Exception as e: print('idle', i, repr(e)[:100]); break
    dt = time.time()-t0; time.sleep(3); r1 = rss(run.pid) if run else rss(fake.pid); c0 = cpu(run.pid) if run else 0; time.sleep(10); ic = (cpu(run.pid) if run else 0)-c0
    try: s, d, _ = rpc(t, 'modern', 'tools/call', {'name':t.tool,'arguments':ARGS}, t.tool, timeout=20); alive = s
    except Exception as e: alive = repr(e)
    for s in socks: s.close()
    time.sleep(5); r2 = rss(run.pid) if run else rss(fake.pid)
    row = dict(kind='idle', target=name, n=len(socks), sids=sids, streams_ok=ok, first=first.decode('latin1'), open_s=round(dt,1), rss0=r0, rss1=r1, rss2=r2, kib_per=round((r1-r0)*1024/max(1,len(socks)),1), idle_cpu_10s=round(ic,2), still_answers=alive)
    open(R/'results.jsonl','a').write(json.dumps(row)+'\n'); print(row, flush=True)
def main():
    signal.signal(signal.SIGTERM, lambda *x: sys.exit(143))
    a = argparse.ArgumentParser(); a.add_argument('kind'); a.add_argument('targets', nargs='+'); a.add_argument('--conns', default='1,16,64,256'); a.add_argument('--secs', type=int, default=10)
    a.add_argument('--rounds', type=int, default=3); a.add_argument('--era', default='modern'); a.add_argument('--unpinned', action='store_true'); a.add_argument('--max-foreign', type=float, default=1.0); a = a.parse_args()
    pin = not a.unpinned; CALM[0] = a.max_foreign
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],)*2)
    fake = Run([str(H/'fakemcp'), str(FAKE), 'both'], 0 if pin else None, 'fake'); wait_port(FAKE)
    try:
        for rnd in range(a.rounds if a.kind in ('calls','list','big','stream') else 1):
            for name in a.targets:
                run = None
                try:
                    t, run = start(name, pin)
                    if a.kind == 'probe': subprocess.run([sys.executable, str(H/'probe.py'), f'http://127.0.0.1:{t.port}{t.path}', a.era]); continue
                    ready(t, a.era.split(',')[0])
                    if a.kind == 'idle': idle(name, t, run, fake); continue
                    for era in a.era.split(','):
                        if a.kind in ('calls',): wrk(t, era, 8, 2, pin=pin)  # warm up
                        for c in map(int, a.conns.split(',')):
                            kw = {}
                            if a.kind == 'list': kw = dict(op='list', path=t.path_list)
                            if a.kind == 'big': kw = dict(tool='big')
                            if a.kind == 'stream': kw = dict(tool='stream')
                            if a.kind in ('list','big') and rnd == 0 and c == int(a.conns.split(',')[0]):
                                s, d, _ = rpc(t, era, 'tools/list' if a.kind=='list' else 'tools/call', {} if a.kind=='list' else {'name':kw['tool'],'arguments':{}}, None if a.kind=='list' else kw['tool'], path=kw.get('path'), sess=session(t) if era=='legacy' and t.session else None)
                                print('  sample', s, len(d), d.count(b'"inputSchema"'))
                            measure(a.kind, name, t, run, era, c, a.secs, pin, fake, **kw)
                        if a.kind == 'stream' and rnd == 0:
                            row = dict(kind='sse_delay', target=name, **sse_delay(t)); open(R/'results.jsonl','a').write(json.dumps(row)+'\n'); print(row, flush=True)
                except Exception as e: print('FAILED', name, repr(e)[:400], flush=True); open(R/'results.jsonl','a').write(json.dumps(dict(kind=a.kind,target=name,failed=repr(e)[:300]))+'\n')
                finally:
                    if run: run.stop(); time.sleep(.5)
    finally: fake.stop()
if __name__ == '__main__': main()
