// Owns: nginx in front of a server.

namespace TinyHost.EndToEnd.Support;

internal static class Nginx
{
    /// <summary>
    /// Starts a proxy that forwards a port to another, over persistent connections. <paramref name="location"/> are additional lines of
    /// configuration.
    /// </summary>
    public static ChildProcess Start(TemporaryDirectory directory, int port, int appPort, string[] location) =>
        Start(directory, port, $"127.0.0.1:{appPort}", location);

    /// <summary>The same in front of a server's address, such as <c>unix:/run/app.sock</c>.</summary>
    public static ChildProcess Start(TemporaryDirectory directory, int port, string app, string[] location) =>
        StartHttp(directory, $$"""
            upstream app {
                server {{app}};
                keepalive 64;
            }
            server {
                listen 127.0.0.1:{{port}};
                client_max_body_size 0;
                location / {
                    proxy_pass http://app;
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    {{string.Join("\n        ", location)}}
                }
            }
            """);

    /// <summary>Starts a proxy with this configuration inside <c>http</c>.</summary>
    public static ChildProcess StartHttp(TemporaryDirectory directory, string http)
    {
        var nginx = OutsideProgram.Require("nginx", package: "nginx-light");
        var configuration = directory.Write("nginx.conf", $$"""
            daemon off;
            master_process off;
            pid {{directory.Path}}/nginx.pid;
            error_log stderr;
            events { }
            http {
            access_log off;
            client_body_temp_path {{directory.Path}}/body;
            proxy_temp_path {{directory.Path}}/proxy;
            fastcgi_temp_path {{directory.Path}}/fastcgi;
            uwsgi_temp_path {{directory.Path}}/uwsgi;
            scgi_temp_path {{directory.Path}}/scgi;
            {{http}}
            }

            """);
        return Start(nginx, directory, configuration);
    }

    /// <summary>Starts a proxy that passes on connections to a port without reading them.</summary>
    public static ChildProcess StartStream(TemporaryDirectory directory, int port, int appPort, string[] server)
    {
        const string Module = "/usr/lib/nginx/modules/ngx_stream_module.so";
        var nginx = OutsideProgram.Require("nginx", package: "nginx-light");
        Assert.SkipUnless(File.Exists(Module), "needs nginx's stream module (Debian package libnginx-mod-stream)");
        var configuration = directory.Write("nginx.conf", $$"""
            load_module {{Module}};
            daemon off;
            master_process off;
            pid {{directory.Path}}/nginx.pid;
            error_log stderr;
            events { }
            stream {
                server {
                    listen 127.0.0.1:{{port}};
                    proxy_pass 127.0.0.1:{{appPort}};
                    {{string.Join("\n        ", server)}}
                }
            }

            """);
        return Start(nginx, directory, configuration);
    }

    private static ChildProcess Start(string nginx, TemporaryDirectory directory, string configuration) =>
        ChildProcess.Start(nginx, ["-c", configuration, "-p", directory.Path, "-e", "stderr"]);
}
