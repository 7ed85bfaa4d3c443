// Owns: a server whose prefix takes PROXY headers from the tests, and what its peers send.

using System.Text;

namespace TinyHost.Tests.Support;

internal static class ProxiedServer
{
    internal const string Header = "PROXY TCP4 192.0.2.7 198.51.100.1 4711 80\r\n";
    internal const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    internal const string LastGet = "GET /z HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    internal static Task<WatchedServer> StartAsync(
        Func<RequestContext, Task> app, ManualTime? time = null, Action<ServerLimits>? limit = null, string trusted = "127.0.0.1",
        Action<ServerOptions>? configure = null) => WatchedServer.StartAsync(app, limit, options =>
        {
            options.TimeProvider = time ?? options.TimeProvider;
            options.Prefixes.Add("public=http://127.0.0.1:0/", prefix => Trust(prefix, trusted));
            configure?.Invoke(options);
        });

    /// <summary>Answers with the path and the content.</summary>
    internal static async Task Echo(RequestContext context)
    {
        var content = Encoding.Latin1.GetString((await context.Request.Body.ReadAllAsync()).Span);
        await context.Response.WriteTextAsync($"{context.Request.Path} {content}");
    }

    internal static void Trust(PrefixOptions prefix, string networks) =>
        Array.ForEach(networks.Split(',', StringSplitOptions.RemoveEmptyEntries), prefix.ProxyProtocol.Add);
}
