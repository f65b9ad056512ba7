"""The gateways of Benchmarks/streams: those of bench.py, with nginx unbuffered and Martlet with more upstreams."""
import bench

HOLDERS = 16


def _ours(pin):
    state, config = bench.R / 'ours-state', bench.R / 'streams-ours.yaml'
    threads = 1 if pin else 2
    return ['bash', '-c', f'rm -rf {state}; exec {bench.MARTLET} serve --config {config} --threads {threads}']


GATEWAYS = {
    'direct': bench.TARGETS['direct'],
    'nginx': bench.T(
        19011, lambda pin: ['nginx', '-c', str(bench.R / 'nginx-streams.conf')], log='nginx-streams.log'),
    'envoy-plain': bench.TARGETS['envoy-plain'],
    'envoy': bench.TARGETS['envoy-mcp-args-cache'],
    'ours': bench.T(19061, _ours, path='/mcp/fake', path_list='/mcp/fake1000', count=bench.records),
}
bench.TARGETS.update(GATEWAYS)


def changing_list_path(gateway):
    """Where tools/list answers a thousand tools, one of which is another each time."""
    return gateway.path_list + 'v'


def holding_path(gateway, stream):
    """Where stream number `stream` is opened: Martlet keeps at most 64 connections to one upstream."""
    return f'/mcp/hold{stream % HOLDERS:02d}' if gateway is GATEWAYS['ours'] else gateway.path
