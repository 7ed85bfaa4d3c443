// Owns: a real server on a free loopback port.

namespace TinyHost.Tests.Support;

internal static class TestServer
{
    internal static async Task<HttpServer> StartAsync(Func<RequestContext, Task> app, Action<ServerOptions>? configure = null)
    {
        var options = new ServerOptions();
        // A test may advance its clock when a peer has a response of which the server does not yet know that it has been sent.
        options.Limits.MinDataRate = 0;
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
}
