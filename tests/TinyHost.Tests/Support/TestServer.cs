// Owns: a real server on a free loopback port.

using System.Net;

namespace TinyHost.Tests.Support;

internal static class TestServer
{
    internal static async Task<HttpServer> StartAsync(Func<RequestContext, Task> app, Action<ServerOptions>? configure = null)
    {
        var options = new ServerOptions();
        configure?.Invoke(options);
        if (options.Prefixes.Count == 0)
        {
            options.Prefixes.Add("http://127.0.0.1:0/");
        }

        var server = new HttpServer(options, app);
        await server.StartAsync();
        return server;
    }

    internal static Task<RawClient> ConnectAsync(this HttpServer server) => RawClient.ConnectAsync(server.EndPoints[0]);

    /// <summary>A port that nothing listens on.</summary>
    internal static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
