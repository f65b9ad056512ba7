# audit loss: N answered calls, then SIGKILL of the gateway: how many of the N have a line on disk? usage: loss.py TARGET [N]
import bench, sys
from bench import *
name=sys.argv[1]; N=int(sys.argv[2]) if len(sys.argv)>2 else 200
# a log that is no text is asked what it holds: outcomes that were answered
def lines(): return subprocess.run([str(MARTLET),'audit','records','--config',str(R/'ours.yaml'),'--type','call.outcome'],capture_output=True,text=True).stdout.count('\n') if name == 'ours' else loglines(t)
fake=Run([str(H/'fakemcp'),'19001','both'],None,'fake'); wait_port(FAKE); t,run=start(name)
try:
    ready(t); time.sleep(13); l0=lines(); t0=time.time()
    ok=sum(rpc(t,'modern','tools/call',{'name':t.tool,'arguments':ARGS},t.tool)[0]==200 for _ in range(N)); dt=time.time()-t0
    for p in reversed(tree(run.pid)): os.kill(p,9)
    run.p.wait(); time.sleep(.5); l1=lines()
    row=dict(kind='loss',target=name,answered=ok,lines_on_disk=l1-l0,lost=ok-(l1-l0),secs=round(dt,2)); print(row); open(R/'results.jsonl','a').write(json.dumps(row)+'\n')
finally: run.stop(); fake.stop()
