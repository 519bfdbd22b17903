/** Where a proxy listens, what stands behind it, and a folder for its own. */
export interface Place {
  readonly folder: string;
  readonly front: number;
  readonly ports: readonly number[];
}

/** A proxy as docs/proxies.md configures it. */
export interface ReverseProxy {
  readonly name: string;
  readonly program: string;
  /** Makes it say its version. */
  readonly version: string;
  /** Whether a rolling restart behind it must fail no request. */
  readonly strict: boolean;
  readonly files: (place: Place) => Readonly<Record<string, string>>;
  readonly args: (place: Place) => readonly string[];
}

const each = (ports: readonly number[], line: (port: number, at: number) => string) => ports.map(line).join('\n');

export const PROXIES: readonly ReverseProxy[] = [
  {
    name: 'nginx',
    program: 'nginx',
    version: '-v',
    strict: true,
    files: ({ folder, front, ports }) => ({
      'nginx.conf': `
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
events { worker_connections 1024; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  upstream tributary {
    ${each(ports, (port) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=2s;`)}
    keepalive 32;
  }
  server {
    listen 127.0.0.1:${front};
    location / {
      proxy_pass http://tributary;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_next_upstream error timeout http_503;
      gzip on;
      gzip_proxied any;
      gzip_types text/css text/javascript image/svg+xml;
    }
  }
}
`,
    }),
    args: ({ folder }) => ['-e', `${folder}/error.log`, '-p', folder, '-c', `${folder}/nginx.conf`],
  },
  {
    name: 'HAProxy',
    program: 'haproxy',
    version: '-v',
    strict: true,
    files: ({ front, ports }) => ({
      'haproxy.cfg': `
global
  maxconn 256
defaults
  mode http
  timeout connect 2s
  timeout client 75s
  timeout server 75s
  timeout check 5s
  option forwardfor
  option http-no-delay
  option redispatch
  retries 3
frontend shop
  bind 127.0.0.1:${front}
  default_backend tributary
backend tributary
  balance roundrobin
  option httpchk GET /api/health/ready
  http-check expect status 200
  default-server inter 1s fall 2 rise 1
  ${each(ports, (port, at) => `server host${at} 127.0.0.1:${port} check`)}
`,
    }),
    args: ({ folder }) => ['-db', '-f', `${folder}/haproxy.cfg`],
  },
  {
    name: 'Caddy',
    program: 'caddy',
    version: 'version',
    strict: false,
    files: ({ folder, front, ports }) => ({
      Caddyfile: `
{
  admin off
  auto_https off
  storage file_system ${folder}
}
http://127.0.0.1:${front} {
  bind 127.0.0.1
  reverse_proxy ${ports.map((port) => `127.0.0.1:${port}`).join(' ')} {
    lb_policy round_robin
    lb_try_duration 5s
    health_uri /api/health/ready
    health_interval 1s
    health_timeout 1s
  }
}
`,
    }),
    args: ({ folder }) => ['run', '--adapter', 'caddyfile', '--config', `${folder}/Caddyfile`],
  },
  {
    name: 'Apache',
    program: 'apache2',
    version: '-v',
    strict: false,
    files: ({ folder, front, ports }) => ({
      'apache.conf': `
ServerRoot ${folder}
ServerName 127.0.0.1
PidFile ${folder}/apache.pid
ErrorLog ${folder}/error.log
DefaultRuntimeDir ${folder}
Listen 127.0.0.1:${front}
${'mpm_event authz_core proxy proxy_http proxy_balancer lbmethod_byrequests slotmem_shm proxy_hcheck'
  .split(' ')
  .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
  .join('\n')}
<VirtualHost 127.0.0.1:${front}>
  ProxyPreserveHost On
  AllowEncodedSlashes NoDecode
  <Proxy balancer://tributary>
    ${each(ports, (port) => `BalancerMember http://127.0.0.1:${port} ttl=60 retry=2 hcmethod=GET hcuri=/api/health/ready hcinterval=1 hcfails=1 hcpasses=1`)}
    ProxySet failonstatus=503
  </Proxy>
  ProxyPass / balancer://tributary/ nocanon
</VirtualHost>
`,
    }),
    args: ({ folder }) => ['-D', 'FOREGROUND', '-f', `${folder}/apache.conf`],
  },
  {
    name: 'Varnish',
    program: 'varnishd',
    version: '-V',
    strict: false,
    files: ({ ports }) => ({
      'tributary.vcl': `
vcl 4.1;
import directors;
probe ready { .url = "/api/health/ready"; .interval = 1s; .timeout = 1s; .window = 2; .threshold = 2; .initial = 2; }
${each(ports, (port, at) => `backend host${at} { .host = "127.0.0.1"; .port = "${port}"; .probe = ready; }`)}
sub vcl_init {
  new tributary = directors.round_robin();
  ${each(ports, (_, at) => `tributary.add_backend(host${at});`)}
}
sub vcl_recv { set req.backend_hint = tributary.backend(); }
`,
    }),
    args: ({ folder, front }) => [
      ...['-F', '-j', 'none', '-a', `127.0.0.1:${front}`, '-f', `${folder}/tributary.vcl`],
      ...['-n', `${folder}/varnish`, '-s', 'malloc,32m'],
    ],
  },
  {
    name: 'lighttpd',
    program: 'lighttpd',
    version: '-v',
    strict: false,
    files: ({ folder, front, ports }) => ({
      'lighttpd.conf': `
server.document-root = "${folder}"
server.bind = "127.0.0.1"
server.port = ${front}
server.modules = ( "mod_proxy" )
server.stream-response-body = 1
proxy.balance = "round-robin"
proxy.server = ( "" => ( ${ports.map((port) => `( "host" => "127.0.0.1", "port" => ${port} )`).join(', ')} ) )
`,
    }),
    args: ({ folder }) => ['-D', '-f', `${folder}/lighttpd.conf`],
  },
  {
    name: 'Squid',
    program: 'squid',
    version: '-v',
    strict: false,
    files: ({ folder, front, ports }) => ({
      'squid.conf': `
http_port 127.0.0.1:${front} accel vhost
${each(ports, (port, at) => `cache_peer 127.0.0.1 parent ${port} 0 no-query no-digest originserver round-robin name=host${at} login=PASSTHRU`)}
http_access allow all
cache deny all
shutdown_lifetime 1 second
pinger_enable off
pid_filename ${folder}/squid.pid
access_log none
cache_log /dev/null
`,
    }),
    args: ({ folder }) => ['-N', '-d', '1', '-f', `${folder}/squid.conf`],
  },
  {
    name: 'nghttpx',
    program: 'nghttpx',
    version: '-v',
    strict: false,
    files: ({ front, ports }) => ({
      'nghttpx.conf': `
frontend=127.0.0.1,${front};no-tls
${each(ports, (port) => `backend=127.0.0.1,${port}`)}
add-x-forwarded-for=yes
strip-incoming-x-forwarded-for=yes
no-location-rewrite=yes
backend-max-backoff=1s
workers=1
accesslog-file=/dev/null
`,
    }),
    args: ({ folder }) => [`--conf=${folder}/nghttpx.conf`],
  },
  {
    name: 'h2o',
    program: 'h2o',
    version: '-v',
    strict: false,
    files: ({ folder, front, ports }) => ({
      'h2o.conf': `
${process.getuid?.() === 0 ? 'user: root' : ''}
num-threads: 1
temp-buffer-path: ${folder}
listen: { host: 127.0.0.1, port: ${front} }
proxy.preserve-host: ON
hosts:
  default:
    paths:
      /:
        proxy.reverse.url: "http://127.0.0.1:${ports[0]}/"
`,
    }),
    args: ({ folder }) => ['-m', 'worker', '-c', `${folder}/h2o.conf`],
  },
  {
    name: 'Traffic Server',
    program: 'traffic_server',
    version: '-V',
    strict: false,
    files: ({ folder, front, ports }) => ({
      'runroot.yaml': 'prefix exec_prefix sysconfdir localstatedir runtimedir logdir cachedir'
        .split(' ')
        .map((name) => `${name}: ${folder}\n`)
        .join(''),
      'records.config': `
CONFIG proxy.config.http.server_ports STRING ${front}:ip-in=127.0.0.1
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG proxy.config.diags.logfile.filename STRING stderr
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.http.cache.http INT 0
CONFIG proxy.config.url_remap.pristine_host_hdr INT 1
CONFIG proxy.config.http.no_dns_just_forward_to_parent INT 1
CONFIG proxy.config.http.parent_proxy.self_detect INT 0
CONFIG proxy.config.http.parent_proxy.retry_time INT 2
CONFIG proxy.config.http.parent_proxy.fail_threshold INT 1
`,
      'remap.config': 'map / http://tributary/\n',
      'parent.config': `dest_domain=tributary parent="${ports.map((port) => `127.0.0.1:${port}`).join(';')}" round_robin=strict go_direct=false parent_is_proxy=false\n`,
      'storage.config': `${folder} 32M\n`,
      'ip_allow.yaml': 'ip_allow: [{ apply: in, ip_addrs: 127.0.0.0/8, action: allow, methods: ALL }]\n',
    }),
    args: ({ folder }) => [`--run-root=${folder}/runroot.yaml`],
  },
];
